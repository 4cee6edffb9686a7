import type { Catalog } from "../db/open-catalog.ts";
import { sortedDifference } from "../sorted-difference.ts";
import type { Vectors } from "../vectors.ts";

/** What {@link heal} found out. */
export interface Health {
  /** Contents the catalog counts as encoded whose vector is not in the store: to be encoded again under their id. */
  readonly lost: Set<number>;
  /** Files of these contents, which are to be read again, wherever they are. */
  readonly files: number;
}

/**
 * Brings catalog and store in line before a run. Vectors without a catalog row (a crash between the two commits, or a
 * repair that brought them back) are deleted; files whose vector is gone (a damaged or removed store) are marked to be
 * read again.
 *
 * @param isSearched - false while another model's vectors are the ones searched: the files keep their contents then
 */
export async function heal(catalog: Catalog, vectors: Vectors, isSearched: boolean): Promise<Health> {
  const stored = vectors.ids();
  const known = catalog.contents.encodableIds();
  const orphans = sortedDifference(stored, known);
  if (orphans.length > 0) {
    // Deleted rows stay on the disk for a while, and a repair may bring them back: their ids belong to nobody else.
    catalog.transaction(() => catalog.contents.reserveUpTo(stored.at(-1) as number));
    await vectors.delete(orphans);
  }
  const lost = sortedDifference(known, stored);
  const { files: table } = catalog;
  const forget = (ids: readonly number[]) => (isSearched ? table.forgetContents(ids) : table.readAgain(ids));
  const files = lost.length > 0 ? catalog.transaction(() => forget(lost)) : 0;
  return { lost: new Set(lost), files };
}
