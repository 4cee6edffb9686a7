import { readFileSync, readdirSync } from "node:fs";
import type { Database } from "better-sqlite3";
import { ClipfindError } from "../errors.ts";

const directory = new URL("./migrations/", import.meta.url);

/**
 * Applies the migrations `NNN-name.sql` that `user_version` has not seen, each in a transaction of its own.
 * @throws ClipfindError CATALOG_TOO_NEW when a newer clipfind wrote the catalog
 */
export function migrate(db: Database, path: string): void {
  const found = version(db);
  const files = readdirSync(directory).toSorted();
  assertNotTooNew(found, files.length, path);
  for (const [index, file] of files.entries()) {
    if (index < found) continue;
    const sql = readFileSync(new URL(file, directory), "utf8");
    db.transaction(() => {
      // Asked again inside the write transaction: another process may have migrated meanwhile.
      if (version(db) > index) return;
      db.exec(sql);
      db.pragma(`user_version = ${index + 1}`);
    }).immediate();
  }
}

/**
 * Refuses a catalog that has another schema than this clipfind's.
 * @throws ClipfindError CATALOG_TOO_NEW; INVALID_ARGUMENT when an older clipfind wrote it
 */
export function assertMigrated(db: Database, path: string): void {
  const [found, known] = [version(db), readdirSync(directory).length];
  assertNotTooNew(found, known, path);
  if (found === known) return;
  throw new ClipfindError(
    "INVALID_ARGUMENT",
    `The catalog ${path} has the older schema ${found}; this one is ${known}`,
    {
      hint: "Bring it up to date first: `clipfind status --library` with its directory does.",
    },
  );
}

function assertNotTooNew(found: number, known: number, path: string): void {
  if (found <= known) return;
  throw new ClipfindError(
    "CATALOG_TOO_NEW",
    `The catalog ${path} has schema ${found}; this clipfind knows schemas up to ${known}`,
    { hint: "Upgrade clipfind. Nothing was changed." },
  );
}

function version(db: Database): number {
  return db.pragma("user_version", { simple: true }) as number;
}
