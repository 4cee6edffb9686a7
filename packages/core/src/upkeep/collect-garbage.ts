import type { Catalog } from "../db/open-catalog.ts";
import { ClipfindError } from "../errors.ts";
import { Vectors } from "../vectors.ts";

export interface GcOptions {
  /** What has been missing for so many days is forgotten; 30 unless given. */
  readonly olderThanDays?: number | undefined;
  /** Does it; otherwise it is only counted. */
  readonly apply?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What was forgotten, or would be. */
export interface Garbage {
  readonly applied: boolean;
  /** Files that are missing. */
  readonly files: number;
  /** Contents that no file has had since then; if their photos come back, they are encoded again. */
  readonly contents: number;
}

const msPerDay = 86_400_000;

/**
 * Forgets files that have been missing, and contents that no present file has had, for long, with their vectors, and
 * gives the space back to the disk. Rows go first: vectors that a crash leaves behind are deleted by the next index run.
 * @throws ClipfindError LIBRARY_LOCKED while an index run goes on; SHARD_MISSING, STORE_*, DISK_FULL, INVALID_ARGUMENT
 */
export async function collectGarbage(
  catalog: Catalog,
  store: { readonly directory: string; readonly dims: number },
  { olderThanDays = 30, apply = false, signal }: GcOptions,
): Promise<Garbage> {
  if (!(olderThanDays >= 0 && Number.isFinite(olderThanDays))) {
    throw new ClipfindError("INVALID_ARGUMENT", `Expected a number of days from 0 up, found ${olderThanDays}`);
  }
  const time = Math.floor(Date.now() - olderThanDays * msPerDay);
  if (!apply) {
    const contents = catalog.contents.unusedSince(time).length;
    return { applied: false, files: catalog.files.missingSince(time), contents };
  }
  // Held until the end: no index run may give a content back to a file meanwhile.
  using vectors = Vectors.open(store.directory, { dims: store.dims, write: true });
  const { unused, files } = catalog.transaction(() => {
    const found = catalog.contents.unusedSince(time);
    const removed = catalog.files.removeMissing(time);
    catalog.contents.remove(found);
    catalog.directories.removeEmpty();
    return { unused: found, files: removed };
  });
  if (unused.length > 0) {
    await vectors.delete(unused);
    await vectors.compact({ full: true, signal });
  }
  if (unused.length + files > 0) catalog.compact();
  return { applied: true, files, contents: unused.length };
}
