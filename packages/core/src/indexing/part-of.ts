import { hash } from "node:crypto";
import { sep } from "node:path";
import { type BytePath, bytePathToBuffer } from "../byte-path.ts";
import { ClipfindError } from "../errors.ts";

/** One of several parts of the files found. */
export interface Part {
  /** From 1 to `of`. */
  readonly index: number;
  readonly of: number;
}

/**
 * The number, from 1 to `parts`, of the part that a file belongs to. It depends on nothing but the file's path below
 * the folder `root`, so that it is the same on every machine, wherever the folder is mounted: the first six bytes of
 * the SHA-256 of this path (the file system's bytes, "/" between names), read as a big-endian number, modulo `parts`,
 * plus 1.
 *
 * @param root - the folder, undefined where the file is in none (a link led there): then its whole path counts
 */
export function partOf(path: BytePath, root: BytePath | undefined, parts: number): number {
  const below = root === undefined ? path : path.slice(root.endsWith(sep) ? root.length : root.length + 1);
  const name = (sep === "/" ? below : below.replaceAll(sep, "/")) as BytePath;
  return (hash("sha256", bytePathToBuffer(name), "buffer").readUIntBE(0, 6) % parts) + 1;
}

/** @throws ClipfindError INVALID_ARGUMENT unless `part` is one of its parts */
export function assertPart({ index, of }: Part): void {
  if (Number.isSafeInteger(index) && Number.isSafeInteger(of) && index >= 1 && index <= of) return;
  throw new ClipfindError("INVALID_ARGUMENT", `Expected a part such as 3 of 8, found ${index} of ${of}`);
}
