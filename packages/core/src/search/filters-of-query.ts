import { existsSync, realpathSync } from "node:fs";
import { type BytePath, bytePathFromText } from "../byte-path.ts";
import { type CatalogFilter, needsMetadata } from "../db/filter-conditions.ts";
import type { Catalog } from "../db/open-catalog.ts";
import type { Query } from "../query/query.ts";
import { pathOfPlace } from "./read-query.ts";

/** The filters of a query that the catalog can answer: all but those on scores. Relative folders are relative to `cwd`. */
export function filtersOfQuery(query: Query, cwd: string): CatalogFilter[] {
  return query.filters.flatMap((filter): CatalogFilter[] => {
    if (filter.key === "in") return [{ key: "in", negated: filter.negated, path: folderOf(filter.folder, cwd) }];
    return filter.key === "score" ? [] : [filter];
  });
}

/** Remarks on filters that may leave out photos of which too little is known: finding nothing would look like an answer. */
export function notesOnFilters(catalog: Catalog, filters: readonly CatalogFilter[]): string[] {
  const keys = new Set(filters.filter(needsMetadata).map(({ key }) => `${key}:`));
  const undescribed = keys.size === 0 ? 0 : catalog.metadata.undescribed();
  if (undescribed === 0) return [];
  const photos = undescribed === 1 ? "1 photo" : `${undescribed} photos`;
  return [
    `${photos} may be missing, as ${[...keys].join(", ")} is not known of them: \`clipfind index\` reads that now`,
  ];
}

/** As indexing knows folders: absolute, symbolic links resolved. */
function folderOf(folder: string, cwd: string): BytePath {
  const path = pathOfPlace(folder, cwd);
  return bytePathFromText(existsSync(path) ? realpathSync.native(path) : path);
}
