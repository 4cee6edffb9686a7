import { readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import envPaths from "env-paths";
import { makeDirectory } from "./make-directory.ts";
import { replaceFile } from "./replace-file.ts";

/** A path in the user's cache directory. What is kept there may be deleted at any time: it is found out again. */
export function cachePath(...names: string[]): string {
  return join(envPaths("clipfind", { suffix: "" }).cache, ...names);
}

/** What is kept in `file`; undefined where there is nothing, or more than `mostBytes`, which clipfind has not written. */
export function readCache(file: string, mostBytes: number): Buffer | undefined {
  try {
    const stats = statSync(file);
    return stats.isFile() && stats.size <= mostBytes ? readFileSync(file) : undefined;
  } catch {
    return undefined;
  }
}

/** Keeps `content` in `file`. Never rejects: a cache that cannot be written is none. */
export async function writeCache(file: string, content: string | Uint8Array): Promise<void> {
  try {
    makeDirectory(dirname(file));
    await replaceFile(file, content);
  } catch {
    // It is found out again the next time.
  }
}
