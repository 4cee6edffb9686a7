import type { Catalog } from "../db/open-catalog.ts";
import type { Vectors } from "../vectors.ts";

/** What {@link heal} found out. */
export interface Health {
  /** The first id that neither the catalog nor the store has ever seen. */
  readonly nextId: number;
  /** Contents the catalog counts as encoded whose vector is not in the store: to be encoded again under their id. */
  readonly lost: Set<number>;
}

/**
 * Brings catalog and store in line before a run. Vectors without a catalog row (a crash between the two commits) are
 * deleted; files whose vector is gone (a damaged or removed store) are marked to be read again.
 */
export async function heal(catalog: Catalog, vectors: Vectors): Promise<Health> {
  const stored = vectors.ids();
  const known = catalog.contents.encodableIds();
  const nextId = Math.max(catalog.contents.lastId(), stored.at(-1) ?? 0) + 1;
  const orphans = difference(stored, known);
  if (orphans.length > 0) await vectors.delete(orphans);
  const lost = difference(known, stored);
  if (lost.length > 0) catalog.transaction(() => catalog.files.forgetContents(lost));
  return { nextId, lost: new Set(lost) };
}

/** The elements of `a` that are not in `b`; both ascending. */
function difference(a: readonly number[], b: readonly number[]): number[] {
  let at = 0;
  return a.filter((id) => {
    while (at < b.length && (b[at] as number) < id) at++;
    return b[at] !== id;
  });
}
