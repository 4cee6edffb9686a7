import { ClipTextEncoder } from "../clip/text-encoder.ts";
import type { Model } from "../models/open-model.ts";
import { PhotoEncoder } from "../photos/photo-encoder.ts";

/**
 * Loads both towers and encodes a text, so that a model that cannot work is refused before a library is made for it.
 * @throws ClipfindError MODEL_INVALID, MODEL_MISMATCH, MODEL_FAILED
 */
export async function checkTowers(model: Model): Promise<void> {
  await using image = PhotoEncoder.start(model);
  await using text = ClipTextEncoder.open(model);
  await Promise.all([image.open(), text.encode("a photo")]);
}
