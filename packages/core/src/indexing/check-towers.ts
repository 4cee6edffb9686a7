import { ClipTextEncoder } from "../clip/text-encoder.ts";
import type { Model } from "../models/open-model.ts";
import type { PhotoEncoders } from "../photos/photo-encoders.ts";

/**
 * Loads both towers and encodes a text, so that a model that cannot work is refused before a library is made for it. The
 * encoder that is opened for it is the run's first.
 * @throws ClipfindError MODEL_INVALID, MODEL_MISMATCH, MODEL_FAILED
 */
export async function checkTowers(model: Model, encoders: PhotoEncoders): Promise<void> {
  await using text = ClipTextEncoder.open(model);
  await Promise.all([encoders.open(), text.encode("a photo")]);
}
