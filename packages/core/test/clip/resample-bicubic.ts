import type { Axis } from "../../src/clip/image-geometry.ts";
import type { Orientation } from "../../src/clip/orientation.ts";

/** RGB pixels of 8 bits, row by row; `left` and `top` say where they lie in the whole picture. */
export interface PixelRegion {
  readonly pixels: Uint8Array;
  readonly width: number;
  readonly height: number;
  readonly left: number;
  readonly top: number;
}

/** What the output pixels of an axis are made of: `counts[i]` source pixels from `firsts[i]` on, each with a weight. */
interface Taps {
  readonly firsts: Int32Array;
  readonly counts: Int32Array;
  /** Fixed point, `most` of them for each output pixel; those of one pixel sum to 1. */
  readonly weights: Int32Array;
  readonly most: number;
}

/** Fraction bits of a weight, as in Pillow: 32 less 8 of the pixel, one for the sign, one for overshooting. */
const fractionBits = 22;
const half = 1 << (fractionBits - 1);

/**
 * The oracle of resample-picture.ts: the JavaScript with which the first vectors were made. What the add-on gives has to
 * be the same to the bit, or all vectors would have to be made anew.
 *
 * Bicubic resampling with antialiasing exactly as Pillow does it (Image.resize, BICUBIC): Keys' kernel with a = −0.5,
 * widened by the factor of reduction, pixel centres at one half, rows first, 8 bits in between, fixed point.
 *
 * @param region - the source pixels that matter; it must cover `seenRange` of both axes
 * @returns the kept part, x.size · y.size RGB pixels
 */
export function resampleBicubic(region: PixelRegion, x: Axis, y: Axis): Uint8Array {
  const { pixels, width, height, left, top } = region;
  return resampleColumns(resampleRows(pixels, width, height, tapsOf(x, left, width)), x.size, tapsOf(y, top, height));
}

/** Turns stored pixels, size · size, upright. */
export function upright(pixels: Uint8Array, size: number, { flipX, flipY, swap }: Orientation): Uint8Array {
  // The stored position is linear in the upright one.
  const stepX = flipX ? -3 : 3;
  const stepY = (flipY ? -3 : 3) * size;
  const start = (flipX ? 3 * (size - 1) : 0) + (flipY ? 3 * size * (size - 1) : 0);
  const [step, rowStep] = swap ? [stepY, stepX] : [stepX, stepY];
  const turned = new Uint8Array(3 * size * size);
  let to = 0;
  for (let y = 0; y < size; y++) {
    for (let x = 0; x < size; x++) {
      const from = start + y * rowStep + x * step;
      for (let channel = 0; channel < 3; channel++) turned[to++] = pixels[from + channel]!;
    }
  }
  return turned;
}

function resampleRows(pixels: Uint8Array, width: number, height: number, taps: Taps): Uint8ClampedArray {
  const { firsts, counts, weights, most } = taps;
  const size = firsts.length;
  const result = new Uint8ClampedArray(3 * size * height);
  let to = 0;
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < size; column++) {
      let red = half;
      let green = half;
      let blue = half;
      let from = 3 * (row * width + firsts[column]!);
      const end = column * most + counts[column]!;
      for (let tap = column * most; tap < end; tap++, from += 3) {
        const weight = weights[tap]!;
        red = (red + Math.imul(weight, pixels[from]!)) | 0;
        green = (green + Math.imul(weight, pixels[from + 1]!)) | 0;
        blue = (blue + Math.imul(weight, pixels[from + 2]!)) | 0;
      }
      result[to++] = red >> fractionBits;
      result[to++] = green >> fractionBits;
      result[to++] = blue >> fractionBits;
    }
  }
  return result;
}

function resampleColumns(pixels: Uint8ClampedArray, width: number, taps: Taps): Uint8Array {
  const { firsts, counts, weights, most } = taps;
  const rowBytes = 3 * width;
  const sums = new Int32Array(rowBytes);
  const result = new Uint8ClampedArray(rowBytes * firsts.length);
  for (let row = 0; row < firsts.length; row++) {
    sums.fill(half);
    // Whole rows are summed at a time: twice as fast as pixel by pixel, for the memory is read in order.
    for (let tap = 0; tap < counts[row]!; tap++) {
      const weight = weights[row * most + tap]!;
      const from = (firsts[row]! + tap) * rowBytes;
      for (let at = 0; at < rowBytes; at++) sums[at] = (sums[at]! + Math.imul(weight, pixels[from + at]!)) | 0;
    }
    for (let at = 0; at < rowBytes; at++) result[row * rowBytes + at] = sums[at]! >> fractionBits;
  }
  return new Uint8Array(result.buffer);
}

/** The taps of the kept pixels of an axis, counted from the first of the source pixels at hand. */
function tapsOf({ source, target, offset, size }: Axis, origin: number, length: number): Taps {
  const scale = source / target;
  const stretch = Math.max(1, scale);
  const most = Math.ceil(2 * stretch) * 2 + 1;
  const firsts = new Int32Array(size);
  const counts = new Int32Array(size);
  const weights = new Int32Array(size * most);
  for (let at = 0; at < size; at++) {
    const center = (offset + at + 0.5) * scale - origin;
    const first = Math.max(0, Math.trunc(center - 2 * stretch + 0.5));
    const count = Math.min(length, Math.trunc(center + 2 * stretch + 0.5)) - first;
    const exact = Array.from({ length: count }, (_, tap) => keys((first + tap + 0.5 - center) / stretch));
    const sum = exact.reduce((total, weight) => total + weight, 0);
    firsts[at] = first;
    counts[at] = count;
    for (const [tap, weight] of exact.entries()) {
      weights[at * most + tap] = Math.round((weight / sum) * 2 ** fractionBits);
    }
  }
  return { firsts, counts, weights, most };
}

/** Cubic convolution with a = −0.5 (Keys 1981). */
function keys(distance: number): number {
  const t = Math.abs(distance);
  if (t < 1) return (1.5 * t - 2.5) * t * t + 1;
  return t < 2 ? ((-0.5 * t + 2.5) * t - 4) * t + 2 : 0;
}
