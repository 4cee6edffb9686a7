import { mkdirSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { ClipfindError } from "../errors.ts";
import { catalogError } from "./catalog-error.ts";
import { migrate } from "./migrate.ts";
import { type ContentsTable, contentsTable } from "./contents-table.ts";
import { type DirectoriesTable, directoriesTable } from "./directories-table.ts";
import { type FilesTable, filesTable } from "./files-table.ts";
import { type ModelsTable, modelsTable } from "./models-table.ts";
import { type RootsTable, rootsTable } from "./roots-table.ts";

/** The SQLite catalog of a library: what is known of every photo but its vector. */
export interface Catalog {
  readonly contents: ContentsTable;
  readonly directories: DirectoriesTable;
  readonly files: FilesTable;
  readonly models: ModelsTable;
  readonly roots: RootsTable;
  /** Runs `work` as one transaction: all of it or nothing. */
  transaction<T>(work: () => T): T;
  close(): void;
}

/**
 * Opens (or creates) `catalog.db` in the library `directory` and brings its schema up to date.
 * @throws ClipfindError CATALOG_DAMAGED, CATALOG_TOO_NEW, PERMISSION_DENIED, DISK_FULL
 */
export function openCatalog(directory: string): Catalog {
  const path = join(directory, "catalog.db");
  let db: Database.Database | undefined;
  try {
    mkdirSync(directory, { recursive: true });
    db = new Database(path, { timeout: 10_000 });
    db.pragma("journal_mode = WAL");
    // FULL: a committed batch survives a power cut. Commits are seconds apart, so the sync costs nothing noticeable.
    db.pragma("synchronous = FULL");
    db.pragma("foreign_keys = ON");
    migrate(db, path);
    return catalog(db, path);
  } catch (cause) {
    db?.close();
    throw cause instanceof ClipfindError ? cause : catalogError(cause, path);
  }
}

function catalog(db: Database.Database, path: string): Catalog {
  return {
    contents: contentsTable(db),
    directories: directoriesTable(db),
    files: filesTable(db),
    models: modelsTable(db),
    roots: rootsTable(db),
    transaction: (work) => {
      try {
        return db.transaction(work).immediate();
      } catch (cause) {
        throw catalogError(cause, path);
      }
    },
    close: () => {
      db.close();
    },
  };
}
