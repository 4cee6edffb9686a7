import type { Database, Statement } from "better-sqlite3";
import { type BytePath, bytePathFromBuffer, bytePathToBuffer } from "../byte-path.ts";
import type { ScanRules } from "../scan-rules.ts";

/** A folder the user asked to index. */
export interface RootRow {
  readonly path: BytePath;
  readonly rules: ScanRules;
  /** The device it was on when all was well the last time. */
  readonly device: bigint | null;
}

export interface RootsTable {
  /** Remembers a folder, and its rules if they are given. Writes nothing where nothing is new. */
  put(path: BytePath, rules?: ScanRules): void;
  setDevice(path: BytePath, device: bigint): void;
  /** Gives a folder another path, wherever it is now. */
  rename(from: BytePath, to: BytePath): void;
  /** Forgets a folder; its files stay as they are. */
  remove(path: BytePath): void;
  all(): RootRow[];
}

export function rootsTable(db: Database): RootsTable {
  const put = db.prepare(
    `INSERT INTO roots (path, rules) VALUES (:path, coalesce(:rules, '{}'))
     ON CONFLICT DO UPDATE SET rules = :rules WHERE rules <> :rules`,
  );
  const setDevice = db.prepare("UPDATE roots SET device = :device WHERE path = :path AND device IS NOT :device");
  const rename = (): Statement => db.prepare("UPDATE roots SET path = ?, device = NULL WHERE path = ?");
  const remove = db.prepare("DELETE FROM roots WHERE path = ?");
  const all = db
    .prepare<[], { path: Buffer; rules: string; device: bigint | null }>(
      "SELECT path, rules, device FROM roots ORDER BY path",
    )
    .safeIntegers();
  return {
    put: (path, rules) => {
      put.run({ path: bytePathToBuffer(path), rules: rules === undefined ? null : JSON.stringify(rules) });
    },
    setDevice: (path, device) => {
      setDevice.run({ path: bytePathToBuffer(path), device });
    },
    rename: (from, to) => {
      rename().run(bytePathToBuffer(to), bytePathToBuffer(from));
    },
    remove: (path) => {
      remove.run(bytePathToBuffer(path));
    },
    all: () =>
      all.all().map(({ path, rules, device }) => ({
        path: bytePathFromBuffer(path),
        rules: JSON.parse(rules) as ScanRules,
        device,
      })),
  };
}
