import type { Catalog } from "../db/open-catalog.ts";
import { ClipfindError } from "../errors.ts";
import { sortedDifference } from "../sorted-difference.ts";
import { type Damage, Vectors } from "../vectors.ts";

/** What a repair of a library's vectors did. */
export interface LibraryRepair {
  /** Photo contents that have their vector. */
  readonly kept: number;
  /** Photo contents whose vector is gone: the next index run encodes them again, as far as their photos are there. */
  readonly lost: number;
  /** What could not be read, or is not certain: files and rows, some of which no photo needed any more. */
  readonly damage: readonly Damage[];
  /** Damaged files, under the names that they are kept under; nothing reads them any more. */
  readonly renamed: readonly string[];
}

/**
 * Repairs the store of a library in `directory`, and counts what the photos in `catalog` have lost by the damage.
 * @throws ClipfindError LIBRARY_LOCKED, LIBRARY_NOT_FOUND, SHARD_MISSING, STORE_DAMAGED (nothing can be read at all),
 *   STORE_TOO_NEW, STORE_FAILED, DISK_FULL, ABORTED; the store is then as it was
 */
export async function repairVectors(
  catalog: Catalog,
  directory: string,
  dims: number,
  signal: AbortSignal | undefined,
): Promise<LibraryRepair> {
  const { lost: damage, renamed } = await repairStore(directory, signal);
  using vectors = Vectors.open(directory, { dims, write: false });
  const wanted = catalog.contents.idsOfFiles();
  const lost = sortedDifference(wanted, vectors.ids()).length;
  return { kept: wanted.length - lost, lost, damage, renamed };
}

async function repairStore(directory: string, signal: AbortSignal | undefined): ReturnType<typeof Vectors.repair> {
  try {
    return await Vectors.repair(directory, signal);
  } catch (cause) {
    if (!(cause instanceof ClipfindError) || cause.code !== "STORE_DAMAGED") throw cause;
    throw new ClipfindError("STORE_DAMAGED", cause.message, {
      cause,
      hint:
        `Nothing can be saved. Move ${directory} away and run \`clipfind index\`: it encodes everything again from ` +
        "the photos, which are not affected.",
    });
  }
}
