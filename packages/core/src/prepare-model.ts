import { join } from "node:path";
import { type CheckedFile, rememberFiles, stateOf } from "./models/checked-files.ts";
import { type Model, openModel } from "./models/open-model.ts";
import { referenceVectors } from "./relevance/reference-vectors.ts";

export interface PrepareOptions {
  readonly signal?: AbortSignal | undefined;
  /** Told of the step before it begins, in words for people. */
  readonly onStep?: ((step: string) => void) | undefined;
}

/**
 * Finds out for a model that was just made, and whose files were hashed a moment ago, what the first index run of each
 * library would have to, and keeps it in the user's cache. Never rejects: what could not be done now, that run does.
 */
export async function prepareModel(model: Model, { signal, onStep }: PrepareOptions): Promise<void> {
  onStep?.("reference texts");
  try {
    const { directory, manifest } = model;
    const files = Object.entries(manifest.files).map(([file, { sha256 }]): CheckedFile => {
      const path = join(directory, file);
      return { path, state: stateOf(path), sha256 };
    });
    await rememberFiles(files);
    // One after the other: each takes the memory of a text tower.
    await referenceVectors(model, signal);
    if (manifest.compiled !== undefined) await referenceVectors(openModel(directory, "int8"), signal);
  } catch {
    // Or the signal has come: the model is there.
  }
}
