import { readFileSync, statSync } from "node:fs";
import path from "node:path";
import { ClipfindError } from "../errors.ts";
import type { Precision } from "../precision.ts";
import { fingerprintModel } from "./fingerprint-model.ts";
import { type ModelManifest, parseModelManifest } from "./model-manifest.ts";

/** A model directory that was looked at: plain data, may be sent to a worker thread. */
export interface Model {
  /** Absolute path. */
  readonly directory: string;
  readonly manifest: ModelManifest;
  /** Of a compiled model, which of its graphs are used; a pair as exported has one only, which counts as fp32. */
  readonly precision: Precision;
  /** What the vectors depend on, see fingerprintModel: vectors of two fingerprints must not be compared. */
  readonly fingerprint: string;
}

/** A manifest has three entries of fixed names; anything much larger is not one. */
const maximumManifestBytes = 64 * 1024;

/**
 * Opens a model directory: reads `model.json` and checks that its files are there in the stated size. Nothing is
 * hashed and no graph is read, so it costs well under a millisecond; verifyModel() is the thorough check.
 *
 * @throws ClipfindError MODEL_NOT_FOUND when the directory or one of its files is missing, MODEL_INVALID when the
 *   manifest is malformed, a file has another size than it states, or there are no graphs of that precision
 */
export function openModel(directory: string, precision: Precision = "fp32"): Model {
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

  for (const [file, { bytes: expected }] of Object.entries(manifest.files)) {
    const filePath = path.join(absolute, file);
    const found = sizeOf(filePath);
    if (found === expected) continue;
    throw new ClipfindError("MODEL_INVALID", `${filePath}: expected ${expected} bytes, found ${found}.`, {
      hint: "Copy the file again; if you changed it on purpose, write a new manifest with createModelManifest().",
    });
  }
  if (precision === "int8" && manifest.compiled === undefined) {
    throw new ClipfindError(
      "MODEL_INVALID",
      `${absolute}: expected a compiled model for int8, found a pair of ONNX files.`,
      {
        hint: "Use fp32, which takes the files as they are, or pull or import the model from its weights.",
      },
    );
  }
  return { directory: absolute, manifest, precision, fingerprint: fingerprintModel(manifest, precision) };
}

function sizeOf(filePath: string): number {
  const stats = statSync(filePath, { throwIfNoEntry: false });
  if (stats?.isFile() === true) return stats.size;
  throw new ClipfindError("MODEL_NOT_FOUND", `${filePath}: expected a file of the model, found none.`, {
    hint: "Copy the whole model directory again; docs/models.md lists its files.",
  });
}
