import type { ImageSettings } from "../model-manifest.ts";
import type { ImageWeights } from "./tower-weights.ts";

/** What is done to a pixel before a tower sees it: (value / 255 − mean) / std per channel. */
export type PixelSettings = Pick<ImageSettings, "mean" | "std">;

/**
 * The patch embedding as one matrix for bytes: Σ w (v / 255 − mean) / std + b is linear in v, so that the
 * normalisation becomes part of the weights and of the bias.
 *
 * @returns weight float32 [patch · patch · 3, width] in the order of a patch's bytes (row, column, channel), bias [width]
 */
export function foldPixels(
  { patch, patchWeight, patchBias, transformer: { width } }: ImageWeights,
  { mean, std }: PixelSettings,
): { weight: Float32Array; bias: Float32Array } {
  const area = patch * patch;
  const weight = new Float32Array(area * 3 * width);
  const bias = new Float32Array(width);
  for (let out = 0; out < width; out++) {
    // In float64 until the end.
    let shift = patchBias?.[out] ?? 0;
    for (const channel of [0, 1, 2] as const) {
      let sum = 0;
      for (let at = 0; at < area; at++) {
        const value = patchWeight[(out * 3 + channel) * area + at]!;
        sum += value;
        weight[(at * 3 + channel) * width + out] = value / (255 * std[channel]);
      }
      shift -= (sum * mean[channel]) / std[channel];
    }
    bias[out] = shift;
  }
  return { weight, bias };
}
