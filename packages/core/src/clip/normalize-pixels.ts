import type { ImageSettings } from "../models/model-manifest.ts";

/**
 * What turns pixels into the input of an image tower of floats: channels first, (value / 255 − mean) / std.
 *
 * @returns a function of size · size RGB pixels of 8 bits, row by row, that returns float32 [3, size, size], red plane
 *   first
 */
export function pixelNormalizer({
  size,
  mean,
  std,
}: Pick<ImageSettings, "mean" | "size" | "std">): (pixels: Uint8Array) => Float32Array {
  const plane = size * size;
  const tables = ([0, 1, 2] as const).map((channel) =>
    Float32Array.from({ length: 256 }, (_, value) => (value / 255 - mean[channel]) / std[channel]),
  );
  return (pixels) => {
    const tensor = new Float32Array(3 * plane);
    for (const [channel, values] of tables.entries()) {
      let to = channel * plane;
      for (let from = channel; from < 3 * plane; from += 3) tensor[to++] = values[pixels[from]!]!;
    }
    return tensor;
  };
}
