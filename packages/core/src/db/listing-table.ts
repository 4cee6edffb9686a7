import type { Database, Statement } from "better-sqlite3";
import { type BytePath, bytePathFromBuffer, joinBytePath } from "../byte-path.ts";
import { type CatalogFilter, type Condition, conditions, needsMetadata } from "./filter-conditions.ts";

/** A file whose content can be encoded, with that content. */
export interface ListedFile {
  /** Of the content. */
  readonly id: number;
  readonly path: BytePath;
  readonly hash: Buffer;
  readonly bytes: number;
  readonly width: number | null;
  readonly height: number | null;
  readonly format: string | null;
  /** ms since 1970 */
  readonly modified: number;
  readonly isMissing: boolean;
}

/** Which files are listed. */
export interface ListedWhich {
  /** What files and their contents must meet. */
  readonly filters: readonly CatalogFilter[];
  /** Also those that the last index run did not find. */
  readonly withMissing: boolean;
}

export interface ListingTable {
  /** Files whose contents have ids from `first` to `last`, by content, then by directory and name. */
  files(first: number, last: number, which: ListedWhich): ListedFile[];
  /** How many there are in all. */
  count(which: ListedWhich): number;
}

type Stored = Omit<ListedFile, "isMissing" | "path"> & { directory: Buffer; name: Buffer; missing: number };

export function listingTable(db: Database): ListingTable {
  /** The last statement of files(), which is asked for one range of ids after the other. */
  let last: { readonly sql: string; readonly statement: Statement<unknown[], Stored> } | undefined;
  return {
    files: (from, to, which) => {
      const { sql: selected, values } = selection(which);
      const sql = `SELECT c.id, c.hash, c.bytes, c.width, c.height, c.format, f.mtime_ns / 1000000 AS modified,
          f.missing_since IS NOT NULL AS missing, f.name,
          (SELECT path FROM directories d WHERE d.id = f.directory_id) AS directory
        ${selected} AND c.id BETWEEN ? AND ? ORDER BY c.id, directory, f.name`;
      // Prepared here: searches, which open the catalog too, have no use for it.
      if (last?.sql !== sql) last = { sql, statement: db.prepare<unknown[], Stored>(sql) };
      return last.statement.all(...values, from, to).map(({ directory, name, missing, ...file }) => {
        const path = joinBytePath(bytePathFromBuffer(directory), bytePathFromBuffer(name));
        return Object.assign(file, { path, isMissing: missing === 1 });
      });
    },
    count: (which) => {
      const { sql, values } = selection(which);
      const count = db.prepare<unknown[], number>(`SELECT count(*) ${sql}`).pluck();
      return count.get(...values) ?? 0;
    },
  };
}

/** Where those files come from, in SQL, and the parameters in order. */
function selection({ filters, withMissing }: ListedWhich): Condition {
  const { content, file } = conditions(filters);
  const metadata = filters.some(needsMetadata) ? "LEFT JOIN metadata m ON m.content_id = c.id" : "";
  const present = withMissing ? "1" : "f.missing_since IS NULL";
  return {
    sql: `FROM contents c JOIN files f ON f.content_id = c.id ${metadata}
      WHERE c.error IS NULL AND ${present} AND ${content.sql} AND ${file.sql}`,
    values: [...content.values, ...file.values],
  };
}
