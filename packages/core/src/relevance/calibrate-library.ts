import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { dotProduct } from "../clip/dot-product.ts";
import type { Model } from "../models/open-model.ts";
import { replaceFile } from "../replace-file.ts";
import type { Vectors } from "../vectors.ts";
import { calibrate } from "./calibrate.ts";
import { referenceVectors } from "./reference-vectors.ts";
import { calibrationFile, type StoredCalibration, storedCalibration } from "./stored-calibration.ts";

/** Fewer photos tell nothing of what other photos score. */
const fewestPhotos = 30;
const mostSampled = 512;

/**
 * Measures what right and wrong pairs of text and photo score in this library, and stores it: where it was not
 * measured yet, or where there are twice as many photos now, or half as many.
 * @throws ClipfindError MODEL_*
 */
export async function calibrateLibrary(library: string, model: Model, vectors: Vectors): Promise<void> {
  const { live } = vectors.stats();
  const before = storedCalibration(library, model.fingerprint);
  if (live < fewestPhotos || (before !== undefined && live < 2 * before.photos && 2 * live > before.photos)) return;
  const ids = vectors.ids();
  const step = Math.max(1, ids.length / mostSampled);
  const sample = Array.from(
    { length: Math.min(mostSampled, ids.length) },
    (_, i) => ids[Math.floor(i * step)] as number,
  );
  const texts = await referenceVectors(model);
  const calibration = calibrate(
    sample.flatMap((id) => {
      const vector = vectors.vector(id);
      return vector === undefined ? [] : [texts.map((text) => dotProduct(text, vector))];
    }),
  );
  if (calibration === undefined) return;
  const stored: StoredCalibration = { version: 1, photos: live, sample, ...calibration };
  const file = calibrationFile(library, model.fingerprint);
  mkdirSync(dirname(file), { recursive: true });
  await replaceFile(file, JSON.stringify(stored));
}
