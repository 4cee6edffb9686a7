import { statSync } from "node:fs";
import { join } from "node:path";
import { rememberedFiles } from "./checked-files.ts";
import type { Model } from "./open-model.ts";
import { verifyModel } from "./verify-model.ts";

/**
 * Checks the sha256 of the model's files, but only of those that were not checked before in their present state, for
 * this library or for another one of the user.
 * @param before - what an earlier call returned: file → "bytes:mtime_ns"
 * @returns the same for all files as they are now
 * @throws ClipfindError MODEL_INVALID naming the file, MODEL_NOT_FOUND
 */
export async function checkModel(
  model: Model,
  before: Readonly<Record<string, string>> = {},
): Promise<Record<string, string>> {
  const files = Object.entries(model.manifest.files);
  const now = Object.fromEntries(files.map(([file]) => [file, briefState(join(model.directory, file))]));
  const changed = files.filter(([file]) => before[file] !== now[file]);
  if (changed.length === 0) return now;
  const isRemembered = rememberedFiles();
  const unchecked = changed.filter(([file, { sha256 }]) => !isRemembered(join(model.directory, file), sha256));
  await verifyModel(
    model,
    unchecked.map(([file]) => file),
  );
  return now;
}

function briefState(path: string): string {
  const { size, mtimeNs } = statSync(path, { bigint: true });
  return `${size}:${mtimeNs}`;
}
