import { type Stats, stat } from "node:fs";
import { sep } from "node:path";
import { type BytePath, bytePathToBuffer, bytePathToText } from "../byte-path.ts";
import type { CatalogFilter } from "../db/filter-conditions.ts";
import type { Catalog } from "../db/open-catalog.ts";
import type { NumberRange } from "../photo-filter.ts";
import type { Vectors } from "../vectors.ts";
import { assertGoingOn } from "./assert-going-on.ts";
import { type HitMetadata, hitMetadata } from "./hit-metadata.ts";

/** A photo found. */
export interface Hit extends HitMetadata {
  /** Of its content, as exports have it; never given twice in a library. */
  readonly id: number;
  /** Absolute path. Bytes that are not UTF-8 show as U+FFFD; `pathBytes` has the real ones. */
  readonly path: string;
  readonly pathBytes: Buffer;
  /**
   * Cosine of the angle between query and photo, -1 to 1. Comparable within one model only. Undefined where photos were
   * asked for by filters alone.
   */
  readonly score: number | undefined;
  /** How likely it is, 0 to 1, that the photo is what was asked for (docs/relevance.md); undefined where it cannot be told. */
  readonly confidence?: number | undefined;
  /** Further paths of files with the very same content. */
  readonly copies: readonly string[];
}

export interface PhotoSearch {
  /** Most hits to return. */
  readonly limit: number;
  /** What the photos must meet besides; the catalog's part and that on scores. */
  readonly filters?: readonly CatalogFilter[];
  readonly scores?: readonly { readonly range: NumberRange; readonly negated: boolean }[];
  /** Contents that are left out. */
  readonly except?: ReadonlySet<number>;
  readonly signal?: AbortSignal | undefined;
}

/**
 * The photos nearest to `query` (float32, dims, unit length), best first; without one, the newest first. Equal scores
 * keep the order in which their contents were first indexed. Left out are files that are not there any more, whether an
 * index run has noticed or not. A hit's path is that of a file which itself meets the filters.
 */
export async function searchPhotos(
  catalog: Catalog,
  vectors: Vectors,
  query: Float32Array | undefined,
  { limit, filters = [], scores = [], except = new Set(), signal }: PhotoSearch,
): Promise<Hit[]> {
  const disk = new Disk();
  const ranges = query === undefined || filters.length === 0 ? undefined : catalog.photos.matching(filters);
  if (ranges?.length === 0) return [];
  const isAllowed = (score: number | undefined): boolean =>
    score === undefined || scores.every(({ range, negated }) => isWithin(score, range) !== negated);
  // Contents whose files are all missing keep their vectors, so that they come back for free. They are few; asking for
  // more until enough present ones are there gives the same answer as leaving them out beforehand.
  for (let wanted = limit + except.size; ; wanted *= 4) {
    // Each round depends on the one before.
    const found: readonly Found[] =
      query === undefined
        ? catalog.photos.newest(filters, wanted).map((id) => ({ id, score: undefined }))
        : (await vectors.search(query, wanted, { signal, ranges })).hits;
    const others = found.filter(({ id, score }) => !except.has(id) && isAllowed(score));
    const hits = await presentHits(catalog, others, limit, filters, disk);
    // Scores only fall from here on.
    const isBelow = scores.some(({ range, negated }) => !negated && isUnder(found.at(-1)?.score, range));
    if (hits.length === limit || found.length < wanted || isBelow) return hits;
    assertGoingOn(signal);
  }
}

function isWithin(value: number, range: NumberRange): boolean {
  if (isUnder(value, range)) return false;
  return range.max === undefined || value < range.max || (range.belowMax !== true && value === range.max);
}

function isUnder(value: number | undefined, { min, aboveMin }: NumberRange): boolean {
  return value !== undefined && min !== undefined && (value < min || (aboveMin === true && value === min));
}

interface Found {
  readonly id: number;
  readonly score: number | undefined;
}

/** At a time: a search asks the disk about as many files as it returns, and a few more. */
const contentsAtOnce = 64;

async function presentHits(
  catalog: Catalog,
  found: readonly Found[],
  limit: number,
  filters: readonly CatalogFilter[],
  disk: Disk,
): Promise<Hit[]> {
  const hits: Hit[] = [];
  for (let at = 0; at < found.length && hits.length < limit;) {
    const some = found.slice(at, at + Math.min(limit - hits.length, contentsAtOnce));
    at += some.length;
    const checked = some.map(async ({ id, score }) => {
      const paths = catalog.photos.paths(id, filters);
      const [path, ...copies] = await disk.present(paths.map((each) => each.path));
      const fits = paths.some((each) => each.path === path && each.fits);
      if (path === undefined || !fits) return [];
      return [hit(id, path, copies, score, hitMetadata(catalog.metadata.of(id)))];
    });
    hits.push(...(await Promise.all(checked)).flat());
  }
  return hits;
}

/** What is there, during one search. */
class Disk {
  /** Asked only when a file is not there: a drive that is not mounted is not asked for each of its files. */
  readonly #directories = new Map<string, boolean>();

  /** Those of the paths at which there is a file. */
  async present(paths: readonly BytePath[]): Promise<BytePath[]> {
    const are = await Promise.all(paths.map((path) => this.#isFile(path)));
    return paths.filter((_, index) => are[index]);
  }

  async #isFile(path: BytePath): Promise<boolean> {
    const directory = path.slice(0, path.lastIndexOf(sep) + 1);
    if (this.#directories.get(directory) === false) return false;
    if ((await kindOf(path))?.isFile() === true) return true;
    if (!this.#directories.has(directory)) {
      this.#directories.set(directory, (await kindOf(directory as BytePath))?.isDirectory() === true);
    }
    return false;
  }
}

/** Not by node:fs/promises, which takes longer to load than to answer for ten photos. */
function kindOf(path: BytePath): Promise<Stats | undefined> {
  return new Promise((resolve) => {
    stat(bytePathToBuffer(path), (error, stats) => resolve(error === null ? stats : undefined));
  });
}

function hit(
  id: number,
  path: BytePath,
  copies: readonly BytePath[],
  score: number | undefined,
  metadata: HitMetadata,
): Hit {
  const paths = { path: bytePathToText(path), pathBytes: bytePathToBuffer(path), copies: copies.map(bytePathToText) };
  return { id, ...paths, score, ...metadata };
}
