import { jpegHeader as header, shrinkJpeg as shrink } from "@clipfind/native";
import type { JpegHeader, PixelAxis, PixelTurn } from "@clipfind/native";

/** What the header of a JPEG says that {@link shrinkJpeg} may decode; undefined for any other file. */
export function jpegHeader(bytes: Uint8Array): JpegHeader | undefined {
  return header(bytes) ?? undefined;
}

/**
 * Decodes a JPEG at a half, a quarter or an eighth of its size, resamples it as resample-picture.ts does, and turns it
 * upright, on Node's worker pool.
 *
 * @param divisor - of its size; what remains of the divisions is left out
 * @param axes - from the pixels that are left to those that are kept
 * @returns 3 · x.size · y.size bytes: RGB, row by row; undefined where the JPEG is damaged or of an unusual kind
 */
export async function shrinkJpeg(
  bytes: Uint8Array,
  divisor: 2 | 4 | 8,
  { x, y }: { readonly x: PixelAxis; readonly y: PixelAxis },
  turn: PixelTurn,
): Promise<Uint8Array | undefined> {
  return (await shrink(bytes, divisor, x, y, turn)) ?? undefined;
}
