import { readdirSync, statSync } from "node:fs";
import { statfs } from "node:fs/promises";
import { join } from "node:path";
import type { Catalog } from "../db/open-catalog.ts";
import { ClipfindError } from "../errors.ts";
import { shardDirectories } from "./library-files.ts";
import { lockStores } from "./lock-stores.ts";

/** Bytes on disk of the catalog and of all vectors. */
export interface LibrarySize {
  readonly catalog: number;
  readonly vectors: number;
}

/** What a library took before, and what it takes now. */
export interface Compaction {
  readonly before: LibrarySize;
  readonly after: LibrarySize;
}

/**
 * Gives the space of deleted and replaced vectors, and of removed rows, back to the disk, and joins small segments. Each
 * step is all or nothing; stopped or killed in between, what was done is kept.
 * @throws ClipfindError LIBRARY_LOCKED, DISK_FULL (nothing was changed, or the rest was not), SHARD_MISSING, STORE_*, ABORTED
 */
export async function compactLibrary(
  library: string,
  catalog: Catalog,
  { signal }: { readonly signal?: AbortSignal | undefined } = {},
): Promise<Compaction> {
  using locked = lockStores(library, catalog);
  const size = (): LibrarySize => ({
    catalog: bytesOf(catalog.path) + bytesOf(`${catalog.path}-wal`),
    vectors: locked.stores.reduce((sum, { directory }) => sum + storeBytes(directory), 0),
  });
  const before = size();
  // A new copy of the largest store, or of the catalog, before the old one goes.
  await assertSpace(
    library,
    Math.max(...locked.stores.map(({ vectors }) => vectors.stats().bytes), 2 * before.catalog),
  );
  for (const { vectors } of locked.stores) await vectors.compact({ full: true, signal });
  if (signal?.aborted === true) {
    throw new ClipfindError("ABORTED", "Compaction was stopped; the vectors are done, the catalog is as it was", {
      cause: signal.reason,
      hint: "Run the same command again to go on.",
    });
  }
  catalog.compact();
  return { before, after: size() };
}

/** What the files of a store take, on whatever disk. */
function storeBytes(store: string): number {
  return [store, ...shardDirectories(store)].reduce((total, directory) => {
    const names = readdirSync(directory, { recursive: true, encoding: "utf8" });
    return total + names.reduce((sum, name) => sum + bytesOf(join(directory, name)), 0);
  }, 0);
}

/** Of the disk, so that holes in files do not count. Windows does not say. */
function bytesOf(path: string): number {
  const state = statSync(path, { throwIfNoEntry: false });
  if (state?.isFile() !== true) return 0;
  return process.platform === "win32" ? state.size : state.blocks * 512;
}

async function assertSpace(directory: string, bytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(directory);
  if (bavail * bsize >= bytes) return;
  const [needed, free] = [bytes, bavail * bsize].map((each) => `${Math.ceil(each / 1e6)} MB`);
  throw new ClipfindError("DISK_FULL", `${directory}: expected ${needed} of free space, found ${free}`, {
    hint: "What is compacted is written anew before the old goes. Free some space; nothing was changed.",
  });
}
