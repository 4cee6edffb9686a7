import type { Database } from "better-sqlite3";
import { type BytePath, bytePathFromBuffer, bytePathToBuffer } from "../byte-path.ts";

export interface RootsTable {
  /** Remembers a folder the user asked to index; once is enough. */
  add(path: BytePath): void;
  all(): BytePath[];
}

export function rootsTable(db: Database): RootsTable {
  const add = db.prepare("INSERT INTO roots (path) VALUES (?) ON CONFLICT DO NOTHING");
  const all = db.prepare<[], Buffer>("SELECT path FROM roots ORDER BY path").pluck();
  return {
    add: (path) => {
      add.run(bytePathToBuffer(path));
    },
    all: () => all.all().map((path) => bytePathFromBuffer(path)),
  };
}
