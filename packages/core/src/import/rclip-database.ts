import Database from "better-sqlite3";
import { type BytePath, bytePathFromBuffer } from "../byte-path.ts";
import { ClipfindError } from "../errors.ts";
import { folderOf } from "./folder-of.ts";
import { assertReadable, sourceError } from "./source-error.ts";

/** A row of rclip's table `images`, without its vector. */
export interface RclipRow {
  readonly id: number;
  /** As rclip met the file: absolute, links in it not resolved. */
  readonly path: BytePath;
  /** rclip did not find the file when it looked the last time. */
  readonly isDeleted: boolean;
  /** Modification time in seconds since 1970, a float64. */
  readonly modifiedAt: number;
  readonly bytes: number;
  /** Why the row cannot be used: a field is not what rclip writes. */
  readonly flaw: string | undefined;
}

/** What is read of rclip's index. Any call may throw IMPORT_SOURCE_UNUSABLE. */
export interface RclipDatabase extends Disposable {
  /** Of the schema, 3 or 4. */
  readonly version: number;
  readonly path: string;
  /** Length in bytes of most vectors, as far as a look at some of them tells; undefined where there is none. */
  vectorBytes(): number | undefined;
  /** The folders of all rows that are not deleted. */
  folders(): Set<BytePath>;
  /** The rows with ids above `id`, or the first ones; some thousand at most, ascending. */
  rowsAfter(id: number | undefined): RclipRow[];
  /** A row that is there and not deleted, with its vector as it is stored. */
  entry(id: number): { readonly row: RclipRow; readonly vector: Buffer } | undefined;
}

/** Rows to a page: rclip is kept from writing only while one is read. */
const rowsPerPage = 4096;
/** Vectors that are looked at to tell how long they are. */
const vectorsLookedAt = 1000;
/** How long is waited for rclip to finish a write, in milliseconds. */
const timeout = 10_000;

/** The schemas with vectors of rclip 3's model. Version 4 has a column `hash` more, which is not needed here. */
const versions: ReadonlySet<unknown> = new Set([3, 4]);

/** The fields of a {@link RclipRow}; the path as the bytes that SQLite holds. */
const columns = `id, CAST(filepath AS BLOB) AS path, deleted IS NOT NULL AS isDeleted, modified_at AS modifiedAt,
  size AS bytes, CASE typeof(vector) WHEN 'blob' THEN length(vector) END AS vectorBytes`;

interface Row extends Omit<RclipRow, "path" | "isDeleted" | "flaw"> {
  readonly path: Buffer | null;
  readonly isDeleted: number;
  readonly vectorBytes: number | null;
}

/**
 * Opens the SQLite file of rclip's index, only to read it.
 * @param dims - how long the vectors should be
 * @throws ClipfindError IMPORT_SOURCE_UNUSABLE: not there, not to be read, not rclip's, another schema, damaged, locked
 */
export function openRclipDatabase(path: string, dims: number): RclipDatabase {
  assertReadable(path);
  let db: Database.Database | undefined;
  try {
    db = new Database(path, { readonly: true, fileMustExist: true, timeout });
    return rclipDatabase(db, path, assertRclip(db, path), dims);
  } catch (cause) {
    db?.close();
    throw sourceError(cause, path);
  }
}

/** The version of the schema. Its tables are looked at, since any program may have made any table. */
function assertRclip(db: Database.Database, path: string): number {
  const names = (table: string): unknown[] => db.prepare("SELECT name FROM pragma_table_info(?)").pluck().all(table);
  const isTable = db.prepare("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?").pluck();
  const wanted = { images: ["id", "deleted", "filepath", "modified_at", "size", "vector"], db_version: ["version"] };
  for (const [table, needed] of Object.entries(wanted)) {
    const has = isTable.get(table) === 1 ? names(table) : [];
    if (needed.every((name) => has.includes(name))) continue;
    throw new ClipfindError(
      "IMPORT_SOURCE_UNUSABLE",
      `Expected rclip's index with a table ${table} (${needed.join(", ")}), but ${path} is another database`,
      { hint: "rclip calls its index db.sqlite3; name that one." },
    );
  }
  const version = db.prepare("SELECT version FROM db_version").pluck().get() ?? 1;
  if (versions.has(version)) return version as number;
  const isOld = typeof version === "number" && version < 3;
  throw new ClipfindError(
    "IMPORT_SOURCE_UNUSABLE",
    `Expected rclip's index in schema 3 or 4, but ${path} has schema ${JSON.stringify(version)}`,
    {
      hint: isOld
        ? "rclip before 3.0 wrote it, with another model, whose vectors rclip 3 does not use either. Index the photos anew: `clipfind index DIR`."
        : "A newer rclip wrote it, whose vectors may mean something else. Upgrade clipfind, or index the photos anew: `clipfind index DIR`.",
    },
  );
}

function rclipDatabase(db: Database.Database, path: string, version: number, dims: number): RclipDatabase {
  const lengths = db
    .prepare<[number], number>(
      `SELECT bytes FROM (SELECT length(vector) AS bytes FROM images WHERE deleted IS NULL AND typeof(vector) = 'blob' LIMIT ?)
       GROUP BY bytes ORDER BY count(*) DESC, bytes LIMIT 1`,
    )
    .pluck();
  // Answered from rclip's index of paths alone.
  const paths = db
    .prepare<[], Buffer | null>("SELECT CAST(filepath AS BLOB) FROM images WHERE deleted IS NULL")
    .pluck();
  // Ids that JavaScript cannot count would be met again and again; SQLite gives none of them out.
  const after = db.prepare<[number, number, number], Row>(
    `SELECT ${columns} FROM images WHERE id > ? AND id <= ? ORDER BY id LIMIT ?`,
  );
  const entry = db.prepare<[number], Row & { vector: unknown }>(
    `SELECT ${columns}, vector FROM images WHERE id = ? AND deleted IS NULL`,
  );
  const translated = <T>(call: () => T): T => {
    try {
      return call();
    } catch (cause) {
      throw sourceError(cause, path);
    }
  };
  const rowOf = ({ path: bytes, isDeleted, vectorBytes, ...row }: Row): RclipRow => ({
    id: row.id,
    path: bytePathFromBuffer(bytes ?? Buffer.alloc(0)),
    isDeleted: isDeleted === 1,
    modifiedAt: row.modifiedAt,
    bytes: row.bytes,
    flaw: flawOf({ ...row, path: bytes, isDeleted, vectorBytes }, dims),
  });
  return {
    path,
    version,
    vectorBytes: () => translated(() => lengths.get(vectorsLookedAt)),
    folders: () =>
      translated(() => {
        const folders = new Set<BytePath>();
        for (const bytes of paths.iterate()) if (bytes !== null) folders.add(folderOf(bytePathFromBuffer(bytes)));
        return folders;
      }),
    rowsAfter: (id = Number.MIN_SAFE_INTEGER) =>
      translated(() => after.all(id, Number.MAX_SAFE_INTEGER, rowsPerPage).map(rowOf)),
    entry: (id) =>
      translated(() => {
        const found = entry.get(id);
        if (found === undefined) return undefined;
        const { vector, ...row } = found;
        return { row: rowOf(row), vector: Buffer.isBuffer(vector) ? vector : Buffer.alloc(0) };
      }),
    [Symbol.dispose]: () => {
      db.close();
    },
  };
}

/** SQLite stores anything in any column. */
function flawOf({ path, modifiedAt, bytes, vectorBytes }: Row, dims: number): string | undefined {
  if (path === null || path.length === 0 || path.includes(0)) return "its path is none";
  if (!Number.isFinite(modifiedAt) || !Number.isFinite(bytes)) return "its time or size is not a number";
  if (vectorBytes === 4 * dims) return undefined;
  return `its vector has ${vectorBytes ?? 0} bytes, expected ${4 * dims} (${dims} numbers)`;
}
