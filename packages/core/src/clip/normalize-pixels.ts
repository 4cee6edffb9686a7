import type { ImageSettings } from "../models/model-manifest.ts";
import type { Orientation } from "./orientation.ts";

/**
 * Turns stored pixels into the input of an image tower: upright, channels first, (value / 255 − mean) / std.
 *
 * @param pixels - size · size RGB pixels of 8 bits, row by row as stored
 * @returns float32 [3, size, size], red plane first
 */
export function normalizePixels(
  pixels: Uint8Array,
  { size, mean, std }: Pick<ImageSettings, "mean" | "size" | "std">,
  { flipX, flipY, swap }: Orientation,
): Float32Array {
  // The stored position is linear in the upright one: one start and two steps instead of a turned copy.
  const stepX = flipX ? -3 : 3;
  const stepY = (flipY ? -3 : 3) * size;
  const start = (flipX ? 3 * (size - 1) : 0) + (flipY ? 3 * size * (size - 1) : 0);
  const [step, rowStep] = swap ? [stepY, stepX] : [stepX, stepY];

  const plane = size * size;
  const tensor = new Float32Array(3 * plane);
  for (const channel of [0, 1, 2] as const) {
    const values = Float32Array.from({ length: 256 }, (_, value) => (value / 255 - mean[channel]) / std[channel]);
    let to = channel * plane;
    for (let y = 0; y < size; y++) {
      let from = start + y * rowStep + channel;
      for (let x = 0; x < size; x++, from += step) tensor[to++] = values[pixels[from]!]!;
    }
  }
  return tensor;
}
