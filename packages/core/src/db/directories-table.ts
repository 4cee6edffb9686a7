import { sep } from "node:path";
import type { Database } from "better-sqlite3";
import { type BytePath, bytePathFromBuffer, bytePathToBuffer } from "../byte-path.ts";

export interface DirectoriesTable {
  /** The id of `path`, undefined when nothing in it was ever indexed. */
  find(path: BytePath): number | undefined;
  /** The id of `path`, given one if it has none. */
  findOrInsert(path: BytePath): number;
  /** `root` and every known directory below it. */
  within(root: BytePath): { id: number; path: BytePath }[];
}

export function directoriesTable(db: Database): DirectoriesTable {
  const find = db.prepare<[Uint8Array], number>("SELECT id FROM directories WHERE path = ?").pluck();
  const insert = db.prepare<[Uint8Array], number>("INSERT INTO directories (path) VALUES (?) RETURNING id").pluck();
  // A range on the bytes, so that "photos" never takes in "photos2" or "Photos" as LIKE 'photos%' would.
  const within = db.prepare<[Uint8Array, Uint8Array, Uint8Array], { id: number; path: Buffer }>(
    "SELECT id, path FROM directories WHERE path = ? OR (path >= ? AND path < ?) ORDER BY path",
  );
  return {
    find: (path) => find.get(bytePathToBuffer(path)),
    findOrInsert: (path) => {
      const bytes = bytePathToBuffer(path);
      return find.get(bytes) ?? (insert.get(bytes) as number);
    },
    within: (root) => {
      const below = root.endsWith(sep) ? root : root + sep;
      const end = Buffer.from(below, "latin1");
      end[end.length - 1] = sep.charCodeAt(0) + 1;
      return within
        .all(bytePathToBuffer(root), Buffer.from(below, "latin1"), end)
        .map(({ id, path }) => ({ id, path: bytePathFromBuffer(path) }));
    },
  };
}
