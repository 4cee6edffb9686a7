import type { Model } from "../models/open-model.ts";
import { ClipTextEncoder } from "./text-encoder.ts";

/** The vectors (float32, dims, unit length) of some texts, by a thread that ends with them. @throws ClipfindError MODEL_*, ABORTED */
export async function encodeTexts(
  model: Model,
  texts: readonly string[],
  signal?: AbortSignal,
): Promise<Float32Array[]> {
  await using encoder = ClipTextEncoder.open(model, signal === undefined ? {} : { signal });
  const vectors: Float32Array[] = [];
  for (const text of texts) vectors.push((await encoder.encode(text)).vector);
  return vectors;
}
