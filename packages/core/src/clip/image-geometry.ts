import type { ImageSettings } from "../models/model-manifest.ts";

/**
 * One axis of the way from a stored picture to the square input: `source` pixels become `target` pixels, of which
 * `size` are kept from `offset` on. `source` may be a fraction, where the pixels at hand are themselves scaled.
 */
export interface Axis {
  readonly source: number;
  readonly target: number;
  readonly offset: number;
  readonly size: number;
}

/** Both axes, in the orientation in which the pixels are stored. */
export interface Geometry {
  readonly x: Axis;
  readonly y: Axis;
}

/**
 * CLIP's geometry (torchvision's Resize of the shorter side and CenterCrop, as in OpenAI's and open_clip's transforms):
 * the shorter side becomes `size`, the longer floor(size · longer / shorter), the crop starts at half of what is too
 * much, halves rounded to even. A pixel here costs 20 dB, so nobody else's rounding will do.
 *
 * With "squash" (SigLIP) both sides become `size`, and nothing is cut off.
 *
 * The crop is computed in the upright picture; an axis that is to be read backwards has it mirrored.
 */
export function imageGeometry(
  width: number,
  height: number,
  size: number,
  { flipX, flipY }: { readonly flipX: boolean; readonly flipY: boolean },
  resize: ImageSettings["resize"] = "shortest-side",
): Geometry {
  const shorter = Math.min(width, height);
  const axis = (source: number, isFlipped: boolean): Axis => {
    const target = resize === "squash" || source === shorter ? size : Math.floor((size * source) / shorter);
    const offset = halfToEven(target - size);
    return { source, target, offset: isFlipped ? target - size - offset : offset, size };
  };
  return { x: axis(width, flipX), y: axis(height, flipY) };
}

/**
 * The source pixels that the kept part of an axis depends on, with room for the reach of a bicubic filter.
 *
 * @param available - how many source pixels there are
 */
export function seenRange(
  { source, target, offset, size }: Axis,
  available: number,
): { readonly start: number; readonly length: number } {
  const scale = source / target;
  const margin = Math.ceil(4 * Math.max(1, scale));
  const start = Math.max(0, Math.floor(offset * scale) - margin);
  const end = Math.min(available, Math.ceil((offset + size) * scale) + margin);
  return { start, length: end - start };
}

/** Half of a whole number, rounded to the even neighbour as Python's round() does. */
function halfToEven(value: number): number {
  const half = Math.floor(value / 2);
  return value % 2 === 1 && half % 2 === 1 ? half + 1 : half;
}
