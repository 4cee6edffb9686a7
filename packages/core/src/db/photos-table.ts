import type { Database, Statement } from "better-sqlite3";
import { type BytePath, bytePathFromBuffer, joinBytePath } from "../byte-path.ts";
import { type CatalogFilter, conditions, needsMetadata } from "./filter-conditions.ts";

/** A present file of a content. */
export interface PhotoPath {
  readonly path: BytePath;
  /** Whether the file itself meets the filters on folders and names. */
  readonly fits: boolean;
}

export interface PhotosTable {
  /** Ids of the contents that meet all filters, ascending, as first and last id of each run of them. */
  matching(filters: readonly CatalogFilter[]): Float64Array;
  /** The first `count` of them, the newest first; those without a date last. */
  newest(filters: readonly CatalogFilter[], count: number): number[];
  /** The present files of a content, those that fit first, then in byte order. */
  paths(contentId: number, filters: readonly CatalogFilter[]): PhotoPath[];
}

interface StoredPath {
  readonly directory: Buffer;
  readonly name: Buffer;
  readonly fits: number;
}

export function photosTable(db: Database): PhotosTable {
  /** The last statement of paths(): a search asks the same of each of its hits. */
  let last: { readonly condition: string; readonly statement: Statement<unknown[], StoredPath> } | undefined;
  const selection = (filters: readonly CatalogFilter[], sorted = false): { from: string; values: unknown[] } => {
    const { content, file } = conditions(filters);
    // Without a condition on files there is no need to list them all; a search leaves out what is not there.
    const inFiles =
      file.sql === "1"
        ? "1"
        : `c.id IN (SELECT f.content_id FROM files f
      WHERE f.missing_since IS NULL AND f.content_id IS NOT NULL AND ${file.sql})`;
    const join = sorted || filters.some(needsMetadata) ? "LEFT JOIN metadata m ON m.content_id = c.id" : "";
    return {
      from: `contents c ${join} WHERE c.error IS NULL AND ${content.sql} AND ${inFiles}`,
      values: [...content.values, ...file.values],
    };
  };
  return {
    matching: (filters) => {
      const { from, values } = selection(filters);
      const ids = db
        .prepare<unknown[], number>(`SELECT c.id FROM ${from} ORDER BY c.id`)
        .pluck()
        .iterate(...values);
      return runsOf(ids);
    },
    newest: (filters, count) => {
      const { from, values } = selection(filters, true);
      return db
        .prepare<unknown[], number>(`SELECT c.id FROM ${from} ORDER BY m.taken DESC NULLS LAST, c.id DESC LIMIT ?`)
        .pluck()
        .all(...values, count);
    },
    paths: (contentId, filters) => {
      const { file } = conditions(filters);
      if (last?.condition !== file.sql) {
        const statement = db.prepare<unknown[], StoredPath>(
          `SELECT d.path AS directory, f.name, (${file.sql}) AS fits
           FROM files f JOIN directories d ON d.id = f.directory_id
           WHERE f.content_id = ? AND f.missing_since IS NULL ORDER BY fits DESC, d.path, f.name`,
        );
        last = { condition: file.sql, statement };
      }
      const rows = last.statement.all(...file.values, contentId);
      return rows.map(({ directory, name, fits }) => ({
        path: joinBytePath(bytePathFromBuffer(directory), bytePathFromBuffer(name)),
        fits: fits === 1,
      }));
    },
  };
}

/** Ten million ids are one run, or so many that they must not be objects. */
function runsOf(ids: Iterable<number>): Float64Array {
  let runs = new Float64Array(64);
  let length = 0;
  for (const id of ids) {
    if (length > 0 && runs[length - 1] === id - 1) runs[length - 1] = id;
    else {
      if (length === runs.length) {
        const larger = new Float64Array(2 * length);
        larger.set(runs);
        runs = larger;
      }
      runs[length] = runs[length + 1] = id;
      length += 2;
    }
  }
  return runs.slice(0, length);
}
