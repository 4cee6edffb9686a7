import { type PixelAxis, type PixelRegion, type PixelTurn, resamplePicture as resample } from "@clipfind/native";

export type { PixelAxis, PixelRegion } from "@clipfind/native";

/**
 * Bicubic or bilinear resampling with antialiasing exactly as Pillow does it (Image.resize, BICUBIC, BILINEAR), then the turn that shows the
 * picture upright. Takes about a millisecond, on the thread that calls it.
 *
 * @param region - the source pixels that matter: all that the filter reaches from the kept part of both axes
 * @returns the kept part as RGB pixels, row by row: 3 · x.size · y.size bytes
 */
export function resamplePicture(region: PixelRegion, x: PixelAxis, y: PixelAxis, turn: PixelTurn): Uint8Array {
  return resample(region, x, y, turn);
}
