import { type BytePath, bytePathToBuffer, bytePathToText } from "../byte-path.ts";
import type { Catalog } from "../db/open-catalog.ts";
import type { VectorHit, Vectors } from "../vectors.ts";

/** A photo found. */
export interface Hit {
  /** Absolute path. Bytes that are not UTF-8 show as U+FFFD; `pathBytes` has the real ones. */
  readonly path: string;
  readonly pathBytes: Buffer;
  /** Cosine of the angle between query and photo, -1 to 1. Comparable within one model only. */
  readonly score: number;
  /** Further paths of files with the very same content. */
  readonly copies: readonly string[];
}

/**
 * The `limit` present photos nearest to `query` (float32, dims, unit length), best first. Equal scores keep the order
 * in which their contents were first indexed. The content `except` is left out.
 */
export async function searchPhotos(
  catalog: Catalog,
  vectors: Vectors,
  query: Float32Array,
  limit: number,
  { except, signal }: { except?: number | undefined; signal?: AbortSignal | undefined } = {},
): Promise<Hit[]> {
  // Contents whose files are all missing keep their vectors, so that they come back for free. They are few; asking for
  // more until enough present ones are there gives the same answer as leaving them out beforehand.
  for (let wanted = limit + (except === undefined ? 0 : 1); ; wanted *= 4) {
    // Each round depends on the one before.
    const { hits: found } = await vectors.search(query, wanted, { signal });
    const others = found.filter(({ id }) => id !== except);
    const hits = presentHits(catalog, others, limit);
    if (hits.length === limit || found.length < wanted) return hits;
  }
}

function presentHits(catalog: Catalog, found: readonly VectorHit[], limit: number): Hit[] {
  const hits: Hit[] = [];
  for (const { id, score } of found) {
    if (hits.length === limit) break;
    const [path, ...copies] = catalog.files.presentPaths(id);
    if (path !== undefined) hits.push(hit(path, copies, score));
  }
  return hits;
}

function hit(path: BytePath, copies: readonly BytePath[], score: number): Hit {
  return { path: bytePathToText(path), pathBytes: bytePathToBuffer(path), score, copies: copies.map(bytePathToText) };
}
