import type { Database } from "better-sqlite3";
import { type BytePath, bytePathFromBuffer, joinBytePath } from "../byte-path.ts";

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

export interface ListingTable {
  /** Files whose contents have ids from `first` to `last`, by content, then by directory and name. */
  files(first: number, last: number, withMissing: boolean): ListedFile[];
  /** How many there are in all. */
  count(withMissing: boolean): number;
}

type Stored = Omit<ListedFile, "isMissing" | "path"> & { directory: Buffer; name: Buffer; missing: number };

export function listingTable(db: Database): ListingTable {
  const from = `FROM contents c JOIN files f ON f.content_id = c.id
     WHERE c.error IS NULL AND (:withMissing OR f.missing_since IS NULL)`;
  return {
    files: (first, last, withMissing) =>
      // Prepared here: searches, which open the catalog too, have no use for it.
      db
        .prepare<{ first: number; last: number; withMissing: number }, Stored>(
          `SELECT c.id, c.hash, c.bytes, c.width, c.height, c.format, f.mtime_ns / 1000000 AS modified,
             f.missing_since IS NOT NULL AS missing, f.name,
             (SELECT path FROM directories d WHERE d.id = f.directory_id) AS directory
           ${from} AND c.id BETWEEN :first AND :last ORDER BY c.id, directory, f.name`,
        )
        .all({ first, last, withMissing: Number(withMissing) })
        .map(({ directory, name, missing, ...file }) => {
          const path = joinBytePath(bytePathFromBuffer(directory), bytePathFromBuffer(name));
          return Object.assign(file, { path, isMissing: missing === 1 });
        }),
    count: (withMissing) =>
      db
        .prepare<{ withMissing: number }, number>(`SELECT count(*) ${from}`)
        .pluck()
        .get({ withMissing: Number(withMissing) }) ?? 0,
  };
}
