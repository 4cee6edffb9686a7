import type { CatalogFilter } from "../db/filter-conditions.ts";
import type { Catalog } from "../db/open-catalog.ts";
import { ClipfindError } from "../errors.ts";
import { warningsOf } from "../library-status.ts";
import type { Query } from "../query/query.ts";
import { filtersOfQuery, notesOnFilters } from "../search/filters-of-query.ts";
import { readQuery } from "../search/read-query.ts";
import type { Hit } from "../search/search-photos.ts";
import { type SearchOptions, type SearchResult, cutoffOf, limitOf } from "../search-options.ts";
import type { Vectors } from "../vectors.ts";
import { type ExportedPhoto, exportedPhoto } from "./exported-photo.ts";

/** Which photos are exported; all unless something is asked for. */
export interface SelectOptions extends SearchOptions {
  /**
   * What to look for, in the query language. Words, pictures, a `limit` or a `cutoff` export what a search finds, best
   * first, with ranks; filters alone all that meets them.
   */
  readonly query?: string | readonly string[] | undefined;
  /** Also files that the last index run did not find. */
  readonly withMissing?: boolean | undefined;
}

/** What was asked for, and what there is to say of the answer, as of a search's. */
export interface Asked extends Pick<SearchResult, "notes" | "truncated" | "warnings"> {
  /** Query and filters in one line. */
  readonly query: string;
}

/** Where photos are selected from. */
export interface SelectSource {
  readonly catalog: Catalog;
  readonly vectors: Vectors;
  readonly search: (query: Query) => Promise<SearchResult>;
}

export interface Selection {
  /** Undefined where all photos are exported. */
  readonly asked: Asked | undefined;
  /** Whether the photos have ranks. */
  readonly isRanked: boolean;
  /** Photos in all. */
  readonly total: number;
  /** The photos, of at most that many ids at a time. */
  readonly batches: (ids: number) => Iterable<readonly ExportedPhoto[]>;
}

/** @throws ClipfindError as Library.search, INVALID_ARGUMENT (missing photos, which no search finds) */
export async function selectPhotos(source: SelectSource, options: SelectOptions): Promise<Selection> {
  const { query = [], filters = [], withMissing = false, limit, cutoff, cwd = process.cwd() } = options;
  const isLimited = limit !== undefined || cutoff !== undefined;
  if (query.length === 0 && filters.length === 0 && !isLimited) {
    return { asked: undefined, isRanked: false, ...listed(source.catalog, [], withMissing) };
  }
  limitOf(options);
  cutoffOf(options);
  const read = readQuery(query, options);
  const line = [read.line, ...filters].join(" ").trim();
  const found = filtersOfQuery(read, cwd);
  if (read.terms.length === 0 && !isLimited) {
    const notes = [...read.notes, ...notesOnFilters(source.catalog, found)];
    const asked = { query: line, truncated: false, notes, warnings: warningsOf(source.vectors) };
    return { asked, isRanked: false, ...listed(source.catalog, found, withMissing) };
  }
  if (withMissing) {
    throw new ClipfindError(
      "INVALID_ARGUMENT",
      "Expected a query without missing photos: a search finds what is there",
      {
        hint: "Leave --all out; with filters alone it may stay.",
      },
    );
  }
  const { hits, notes, truncated, warnings } = await source.search(read);
  return { asked: { query: line, truncated, notes, warnings }, isRanked: true, ...ranked(source.catalog, hits, found) };
}

function listed(
  catalog: Catalog,
  filters: readonly CatalogFilter[],
  withMissing: boolean,
): Pick<Selection, "batches" | "total"> {
  const which = { filters, withMissing };
  return {
    total: catalog.listing.count(which),
    *batches(ids) {
      const last = catalog.contents.lastId();
      for (let first = 1; first <= last; first += ids) {
        yield catalog.listing.files(first, first + ids - 1, which).map(exportedPhoto);
      }
    },
  };
}

function ranked(
  catalog: Catalog,
  hits: readonly Hit[],
  filters: readonly CatalogFilter[],
): Pick<Selection, "batches" | "total"> {
  const photos = hits.flatMap((hit, at) => {
    const { id, score = null, confidence = null } = hit;
    const there = new Set([hit.path, ...hit.copies]);
    return catalog.listing
      .files(id, id, { filters, withMissing: false })
      .map(exportedPhoto)
      .filter((photo) => there.has(photo.image_path))
      .map((photo): ExportedPhoto => Object.assign(photo, { rank: at + 1, score, confidence }));
  });
  return {
    total: photos.length,
    *batches(ids) {
      for (let at = 0; at < photos.length; at += ids) yield photos.slice(at, at + ids);
    },
  };
}
