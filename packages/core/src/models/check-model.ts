import { statSync } from "node:fs";
import { join } from "node:path";
import type { Model } from "./open-model.ts";
import { verifyModel } from "./verify-model.ts";

/**
 * Checks the sha256 of the model's files, but only of those that were not checked before in their present state.
 * @param before - what an earlier call returned: file → "bytes:mtime_ns"
 * @returns the same for all files as they are now
 * @throws ClipfindError MODEL_INVALID naming the file, MODEL_NOT_FOUND
 */
export async function checkModel(
  model: Model,
  before: Readonly<Record<string, string>> = {},
): Promise<Record<string, string>> {
  const files = Object.keys(model.manifest.files);
  const now = Object.fromEntries(files.map((file) => [file, stateOf(join(model.directory, file))]));
  const unchecked = files.filter((file) => before[file] !== now[file]);
  await verifyModel(model, unchecked);
  return now;
}

function stateOf(path: string): string {
  const { size, mtimeNs } = statSync(path, { bigint: true });
  return `${size}:${mtimeNs}`;
}
