import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { ClipfindError } from "../errors.ts";
import { makeDirectory } from "../make-directory.ts";
import { catalogError } from "./catalog-error.ts";
import { checkCatalog } from "./check-catalog.ts";
import { assertMigrated, migrate } from "./migrate.ts";
import { type ContentsTable, contentsTable } from "./contents-table.ts";
import { defineFolding } from "./folded-text.ts";
import { type DirectoriesTable, directoriesTable } from "./directories-table.ts";
import { type FilesTable, filesTable } from "./files-table.ts";
import { type ListingTable, listingTable } from "./listing-table.ts";
import { type MetadataTable, metadataTable } from "./metadata-table.ts";
import { type ModelsTable, modelsTable } from "./models-table.ts";
import { type PhotosTable, photosTable } from "./photos-table.ts";
import { type QueryVectorsTable, queryVectorsTable } from "./query-vectors-table.ts";
import { type RootsTable, rootsTable } from "./roots-table.ts";
import { type SidecarsTable, sidecarsTable } from "./sidecars-table.ts";

/**
 * The SQLite catalog of a library: what is known of every photo but its vector. Any call may throw CATALOG_DAMAGED,
 * DISK_FULL, LIBRARY_LOCKED or PERMISSION_DENIED.
 */
export interface Catalog {
  readonly contents: ContentsTable;
  readonly directories: DirectoriesTable;
  readonly files: FilesTable;
  readonly listing: ListingTable;
  readonly metadata: MetadataTable;
  readonly models: ModelsTable;
  readonly photos: PhotosTable;
  readonly queryVectors: QueryVectorsTable;
  readonly roots: RootsTable;
  readonly sidecars: SidecarsTable;
  /** The file. */
  readonly path: string;
  /** Number of its schema. */
  readonly schema: number;
  /** What SQLite finds wrong with the database and its references, a sentence each; nothing when all is well. */
  check(): string[];
  /** Runs `work` as one transaction: all of it or nothing. */
  transaction<T>(work: () => T): T;
  /** Gives the space of removed rows back to the disk. */
  compact(): void;
  /** Writes all that is committed into the new file `path`, as a catalog of its own. */
  copyTo(path: string): void;
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
    makeDirectory(directory);
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

/**
 * Opens the `catalog.db` of a library only to read it; one that an older clipfind wrote is not brought up to date.
 * @throws ClipfindError CATALOG_DAMAGED, CATALOG_TOO_NEW, INVALID_ARGUMENT (older), PERMISSION_DENIED
 */
export function openCatalogToRead(directory: string): Catalog {
  const path = join(directory, "catalog.db");
  let db: Database.Database | undefined;
  try {
    db = openReadOnly(path);
    assertMigrated(db, path);
    return catalog(db, path);
  } catch (cause) {
    db?.close();
    throw cause instanceof ClipfindError ? cause : catalogError(cause, path);
  }
}

/** SQLite in WAL mode writes files beside a database even to read it; where it may not, the database is read as a whole. */
function openReadOnly(path: string): Database.Database {
  const db = new Database(path, { readonly: true, timeout: 10_000 });
  try {
    db.pragma("user_version");
    return db;
  } catch (cause) {
    db.close();
    const isReadOnly = cause instanceof Database.SqliteError && /^SQLITE_(CANTOPEN|READONLY)/.test(cause.code);
    // What is in a log would be missing.
    const log = statSync(`${path}-wal`, { throwIfNoEntry: false });
    if (!isReadOnly || (log !== undefined && log.size > 0)) throw cause;
    const image = readFileSync(path);
    // The two bytes of the header that say "WAL", which a database in memory cannot have.
    image.fill(1, 18, 20);
    return new Database(image, { readonly: true });
  }
}

function catalog(db: Database.Database, path: string): Catalog {
  defineFolding(db);
  const translated = <T>(call: () => T): T => {
    try {
      return call();
    } catch (cause) {
      throw catalogError(cause, path);
    }
  };
  /** The same functions, whose errors are translated. */
  const table = <T extends object>(functions: T): T =>
    Object.fromEntries(
      Object.entries(functions).map(([name, call]: [string, (...args: unknown[]) => unknown]) => [
        name,
        (...args: unknown[]) => translated(() => call(...args)),
      ]),
    ) as T;
  return {
    path,
    schema: db.pragma("user_version", { simple: true }) as number,
    contents: table(contentsTable(db)),
    directories: table(directoriesTable(db)),
    files: table(filesTable(db)),
    listing: table(listingTable(db)),
    metadata: table(metadataTable(db)),
    models: table(modelsTable(db)),
    photos: table(photosTable(db)),
    queryVectors: table(queryVectorsTable(db)),
    roots: table(rootsTable(db)),
    sidecars: table(sidecarsTable(db)),
    check: () => checkCatalog(db),
    transaction: (work) => translated(() => db.transaction(work).immediate()),
    compact: () => {
      translated(() => {
        db.exec("VACUUM");
        db.pragma("optimize");
        db.pragma("wal_checkpoint(TRUNCATE)");
      });
    },
    copyTo: (target) => {
      translated(() => db.prepare("VACUUM INTO ?").run(target));
    },
    close: () => {
      db.close();
    },
  };
}
