import type { Axis } from "./image-geometry.ts";

/** RGB pixels of 8 bits, row by row; `left` and `top` say where they lie in the whole picture. */
export interface PixelRegion {
  readonly pixels: Uint8Array;
  readonly width: number;
  readonly height: number;
  readonly left: number;
  readonly top: number;
}

/** What one output pixel is made of: source pixels from `first` on, each with its weight; the weights sum to 1. */
interface Tap {
  readonly first: number;
  readonly weights: Float64Array;
}

/**
 * Bicubic resampling with antialiasing as Pillow does it (Image.resize, BICUBIC): Keys' kernel with a = −0.5, widened
 * by the factor of reduction, pixel centres at one half, rows first, 8 bits in between.
 *
 * @param region - the source pixels that matter; it must cover seenRange() of both axes
 * @returns the kept part, x.size · y.size RGB pixels
 */
export function resampleBicubic(region: PixelRegion, x: Axis, y: Axis): Uint8Array {
  const { pixels, width, height, left, top } = region;
  const columns = taps(x, left);
  const rows = taps(y, top);
  const rowBytes = 3 * x.size;

  const narrowed = new Uint8ClampedArray(rowBytes * height);
  for (let row = 0; row < height; row++) {
    for (const [column, { first, weights }] of columns.entries()) {
      const from = 3 * (row * width + first);
      weightedSum(pixels, from, 3, weights, narrowed, row * rowBytes + 3 * column);
    }
  }
  const result = new Uint8ClampedArray(rowBytes * y.size);
  for (const [row, { first, weights }] of rows.entries()) {
    for (let at = 0; at < rowBytes; at += 3) {
      weightedSum(narrowed, first * rowBytes + at, rowBytes, weights, result, row * rowBytes + at);
    }
  }
  return new Uint8Array(result.buffer);
}

/** One output pixel: three channels summed along a line of pixels that lie `step` bytes apart. */
function weightedSum(
  source: Uint8Array | Uint8ClampedArray,
  from: number,
  step: number,
  weights: Float64Array,
  target: Uint8ClampedArray,
  to: number,
): void {
  let red = 0;
  let green = 0;
  let blue = 0;
  for (let tap = 0, at = from; tap < weights.length; tap++, at += step) {
    const weight = weights[tap]!;
    red += weight * source[at]!;
    green += weight * source[at + 1]!;
    blue += weight * source[at + 2]!;
  }
  // Rounds to nearest and clamps to 0..255: bicubic overshoots at edges.
  target[to] = red;
  target[to + 1] = green;
  target[to + 2] = blue;
}

/** The taps of the kept pixels of an axis, counted from the first source pixel at hand. */
function taps({ source, target, offset, size }: Axis, origin: number): Tap[] {
  const scale = source / target;
  const stretch = Math.max(1, scale);
  return Array.from({ length: size }, (_, at) => {
    const center = (offset + at + 0.5) * scale;
    const first = Math.max(0, Math.trunc(center - 2 * stretch + 0.5));
    const end = Math.min(source, Math.trunc(center + 2 * stretch + 0.5));
    const weights = Float64Array.from({ length: end - first }, (__, tap) =>
      keys((first + tap + 0.5 - center) / stretch),
    );
    const sum = weights.reduce((total, weight) => total + weight, 0);
    return { first: first - origin, weights: weights.map((weight) => weight / sum) };
  });
}

/** Cubic convolution with a = −0.5 (Keys 1981). */
function keys(distance: number): number {
  const t = Math.abs(distance);
  if (t < 1) return (1.5 * t - 2.5) * t * t + 1;
  return t < 2 ? ((-0.5 * t + 2.5) * t - 4) * t + 2 : 0;
}
