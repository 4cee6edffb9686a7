import { createHash } from "node:crypto";
import { readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { encodeTexts } from "../clip/encode-texts.ts";
import type { Model } from "../models/open-model.ts";
import { cachePath, readCache, writeCache } from "../user-cache.ts";
import { referenceTexts } from "./reference-texts.ts";

/** Raise it when the vectors of the same texts by the same model become others. */
const version = 1;
/** Of eight models in two precisions: some megabytes. */
const mostFiles = 16;
const digestBytes = 32;

/**
 * The vectors (float32 [dims], unit length) of the reference texts by a model. Encoded once: they are kept in the user's
 * cache directory, and what is not there as it was written is encoded again.
 * @throws ClipfindError MODEL_*, ABORTED
 */
export async function referenceVectors(model: Model, signal?: AbortSignal): Promise<Float32Array[]> {
  const key = createHash("sha256")
    .update(JSON.stringify([version, model.fingerprint, referenceTexts]))
    .digest();
  const { dims } = model.manifest;
  const folder = cachePath("reference-texts");
  const file = join(folder, `${key.toString("hex").slice(0, 32)}.f32`);
  const known = read(file, key, dims);
  if (known !== undefined) return known;
  const vectors = await encodeTexts(model, referenceTexts, signal);
  const values = Buffer.concat(
    vectors.map(({ buffer, byteOffset, byteLength }) => Buffer.from(buffer, byteOffset, byteLength)),
  );
  await writeCache(file, Buffer.concat([digestOf(key, values), values]));
  leaveNewest(folder);
  return vectors;
}

/** A digest of key and vectors, and the vectors. Undefined for anything else than was written for this model and these texts. */
function read(file: string, key: Buffer, dims: number): Float32Array[] | undefined {
  const bytes = digestBytes + 4 * dims * referenceTexts.length;
  const content = readCache(file, bytes);
  if (content?.length !== bytes) return undefined;
  const values = content.subarray(digestBytes);
  if (!digestOf(key, values).equals(content.subarray(0, digestBytes))) return undefined;
  // A copy, which begins where numbers of four bytes may.
  const numbers = new Float32Array(new Uint8Array(values).buffer);
  return referenceTexts.map((_, at) => numbers.subarray(at * dims, (at + 1) * dims));
}

function digestOf(key: Buffer, values: Buffer): Buffer {
  return createHash("sha256").update(key).update(values).digest();
}

/** Bounds what is kept, and clears away what writers that were killed have left. */
function leaveNewest(folder: string): void {
  try {
    const files = readdirSync(folder).map((name) => join(folder, name));
    const aged = files.map((path) => ({ path, at: statSync(path).mtimeMs })).toSorted((a, b) => b.at - a.at);
    for (const { path } of aged.slice(mostFiles)) rmSync(path, { force: true });
  } catch {
    // Another process does the same, or nothing could be written.
  }
}
