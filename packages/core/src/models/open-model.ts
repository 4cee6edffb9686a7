import { readFileSync, statSync } from "node:fs";
import path from "node:path";
import { ClipfindError } from "../errors.ts";
import { fingerprintModel } from "./fingerprint-model.ts";
import { modelFiles, type ModelManifest, parseModelManifest } from "./model-manifest.ts";

/** A model directory that was looked at: plain data, may be sent to a worker thread. */
export interface Model {
  /** Absolute path. */
  readonly directory: string;
  readonly manifest: ModelManifest;
  /** What the vectors depend on, see fingerprintModel: vectors of two fingerprints must not be compared. */
  readonly fingerprint: string;
}

/** A manifest has three entries of fixed names; anything much larger is not one. */
const maximumManifestBytes = 64 * 1024;

/**
 * Opens a model directory: reads `model.json` and checks that its files are there in the stated size. Nothing is
 * hashed and no ONNX file is read, so it costs well under a millisecond; verifyModel() is the thorough check.
 *
 * @throws ClipfindError MODEL_NOT_FOUND when the directory or one of its files is missing, MODEL_INVALID when the
 *   manifest is malformed or a file has another size than it states
 */
export function openModel(directory: string): Model {
  const absolute = path.resolve(directory);
  if (statSync(absolute, { throwIfNoEntry: false })?.isDirectory() !== true) {
    throw new ClipfindError("MODEL_NOT_FOUND", `${absolute}: expected a model directory, found none.`, {
      hint: "Name a directory with model.json, visual/ and textual/; docs/models.md tells how to make one.",
    });
  }

  const manifestPath = path.join(absolute, "model.json");
  const manifestBytes = sizeOf(manifestPath);
  if (manifestBytes > maximumManifestBytes) {
    const message = `${manifestPath}: expected at most ${maximumManifestBytes} bytes, found ${manifestBytes}.`;
    throw new ClipfindError("MODEL_INVALID", message, { hint: "Write a new one with createModelManifest()." });
  }
  const manifest = parseModelManifest(readFileSync(manifestPath, "utf8"), manifestPath);

  for (const file of modelFiles) {
    const filePath = path.join(absolute, file);
    const found = sizeOf(filePath);
    const expected = manifest.files[file].bytes;
    if (found === expected) continue;
    throw new ClipfindError("MODEL_INVALID", `${filePath}: expected ${expected} bytes, found ${found}.`, {
      hint: "Copy the file again; if you changed it on purpose, write a new manifest with createModelManifest().",
    });
  }
  return { directory: absolute, manifest, fingerprint: fingerprintModel(manifest) };
}

function sizeOf(filePath: string): number {
  const stats = statSync(filePath, { throwIfNoEntry: false });
  if (stats?.isFile() === true) return stats.size;
  throw new ClipfindError("MODEL_NOT_FOUND", `${filePath}: expected a file of the model, found none.`, {
    hint: "Copy the whole model directory again; docs/models.md lists its files.",
  });
}
