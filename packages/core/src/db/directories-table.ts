import { sep } from "node:path";
import type { Database, Statement } from "better-sqlite3";
import { type BytePath, bytePathFromBuffer, bytePathToBuffer } from "../byte-path.ts";

/** A directory that files were ever found in. */
export interface DirectoryRow {
  readonly id: number;
  readonly path: BytePath;
  /** Given if nothing is to be done about its files while the walk finds the same digest. */
  readonly digest: Buffer | null;
}

export interface DirectoriesTable {
  /** The id of `path`, undefined when nothing in it was ever indexed. */
  find(path: BytePath): number | undefined;
  /** The id of `path`, given one if it has none. */
  findOrInsert(path: BytePath): number;
  /** Every known directory, by path. */
  all(): DirectoryRow[];
  /** `root` and every known directory below it. */
  within(root: BytePath): DirectoryRow[];
  /** Gives a directory another path; what is in it has to be looked at again. */
  rename(id: number, path: BytePath): void;
  /** Says that every file of the directory is settled; any later change to their rows takes it back. */
  setDigest(id: number, digest: Uint8Array): void;
  /** Removes directories without files. How many. */
  removeEmpty(): number;
}

export function directoriesTable(db: Database): DirectoriesTable {
  const find = db.prepare<[Uint8Array], number>("SELECT id FROM directories WHERE path = ?").pluck();
  const insert = db.prepare<[Uint8Array], number>("INSERT INTO directories (path) VALUES (?) RETURNING id").pluck();
  // A range on the bytes, so that "photos" never takes in "photos2" or "Photos" as LIKE 'photos%' would.
  const within = db.prepare<[Uint8Array, Uint8Array, Uint8Array], { id: number; path: Buffer; digest: Buffer | null }>(
    "SELECT id, path, digest FROM directories WHERE path = ? OR (path >= ? AND path < ?) ORDER BY path",
  );
  const all = db.prepare<[], { id: number; path: Buffer; digest: Buffer | null }>(
    "SELECT id, path, digest FROM directories ORDER BY path",
  );
  const setDigest = db.prepare("UPDATE directories SET digest = ? WHERE id = ?");
  const rename = (): Statement => db.prepare("UPDATE directories SET path = ?, digest = NULL WHERE id = ?");
  const removeEmpty = db.prepare(
    "DELETE FROM directories WHERE NOT EXISTS (SELECT 1 FROM files WHERE directory_id = directories.id)",
  );
  return {
    find: (path) => find.get(bytePathToBuffer(path)),
    findOrInsert: (path) => {
      const bytes = bytePathToBuffer(path);
      return find.get(bytes) ?? (insert.get(bytes) as number);
    },
    all: () => all.all().map(({ id, path, digest }) => ({ id, path: bytePathFromBuffer(path), digest })),
    within: (root) => {
      const below = root.endsWith(sep) ? root : root + sep;
      const end = Buffer.from(below, "latin1");
      end[end.length - 1] = sep.charCodeAt(0) + 1;
      return within
        .all(bytePathToBuffer(root), Buffer.from(below, "latin1"), end)
        .map(({ id, path, digest }) => ({ id, path: bytePathFromBuffer(path), digest }));
    },
    rename: (id, path) => {
      rename().run(bytePathToBuffer(path), id);
    },
    setDigest: (id, digest) => {
      setDigest.run(digest, id);
    },
    removeEmpty: () => removeEmpty.run().changes,
  };
}
