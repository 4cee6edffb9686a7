import type { Database } from "better-sqlite3";
import { type BytePath, bytePathFromBuffer, bytePathToBuffer, joinBytePath } from "../byte-path.ts";
import type { Fingerprint } from "../fingerprint.ts";
import type { KnownFile } from "../known-file.ts";

/** A file's row as the indexer writes it. */
export interface FileRow {
  readonly directoryId: number;
  readonly name: BytePath;
  readonly fingerprint: Fingerprint;
  /** null when the file could not be read. */
  readonly contentId: number | null;
  readonly error: string | null;
}

export interface FilesTable {
  /** Inserts the row or replaces it; the file counts as present. */
  put(file: FileRow): void;
  setMissing(directoryId: number, name: BytePath, missing: boolean): void;
  /** Every file of a directory, by name. */
  inDirectory(directoryId: number): Map<BytePath, KnownFile>;
  /** Paths of the present files that hold a content, in byte order. */
  presentPaths(contentId: number): BytePath[];
  /**
   * Files whose content the store should have a vector of but has not; the indexer treats them as changed. How many.
   */
  forgetContents(contentIds: readonly number[]): number;
  /** Present files that were read and whose content should have a vector, by content; null: it was forgotten. */
  presentByContent(): { contentId: number | null; files: number }[];
  counts(): { present: number; missing: number; failed: number };
  /** Present files that have no vector, with the reason. */
  failed(): { path: BytePath; reason: string }[];
}

interface Row {
  readonly name: Buffer;
  readonly bytes: bigint;
  readonly mtime_ns: bigint;
  readonly inode: bigint;
  readonly content_id: bigint | null;
  readonly missing: bigint;
  readonly error: string | null;
}

export function filesTable(db: Database): FilesTable {
  const put = db.prepare(
    `INSERT INTO files (directory_id, name, bytes, mtime_ns, inode, content_id, missing, error)
     VALUES (?, ?, ?, ?, ?, ?, 0, ?)
     ON CONFLICT (directory_id, name) DO UPDATE SET bytes = excluded.bytes, mtime_ns = excluded.mtime_ns,
       inode = excluded.inode, content_id = excluded.content_id, missing = 0, error = excluded.error`,
  );
  const setMissing = db.prepare("UPDATE files SET missing = ? WHERE directory_id = ? AND name = ?");
  const inDirectory = db
    .prepare<[number], Row>(
      "SELECT name, bytes, mtime_ns, inode, content_id, missing, error FROM files WHERE directory_id = ?",
    )
    .safeIntegers();
  const presentPaths = db.prepare<[number], { directory: Buffer; name: Buffer }>(
    `SELECT d.path AS directory, f.name FROM files f JOIN directories d ON d.id = f.directory_id
     WHERE f.content_id = ? AND f.missing = 0 ORDER BY d.path, f.name`,
  );
  const forget = db.prepare("UPDATE files SET content_id = NULL WHERE content_id = ?");
  const presentByContent = db.prepare<[], { contentId: number | null; files: number }>(
    `SELECT f.content_id AS contentId, count(*) AS files FROM files f LEFT JOIN contents c ON c.id = f.content_id
     WHERE f.missing = 0 AND coalesce(f.error, c.error) IS NULL GROUP BY f.content_id`,
  );
  const counts = db.prepare<[], { present: number; missing: number; failed: number }>(
    `SELECT count(*) FILTER (WHERE f.missing = 0) AS present, count(*) FILTER (WHERE f.missing = 1) AS missing,
       count(*) FILTER (WHERE f.missing = 0 AND coalesce(f.error, c.error) IS NOT NULL) AS failed
     FROM files f LEFT JOIN contents c ON c.id = f.content_id`,
  );
  const failed = db.prepare<[], { directory: Buffer; name: Buffer; reason: string }>(
    `SELECT d.path AS directory, f.name, coalesce(f.error, c.error) AS reason
     FROM files f JOIN directories d ON d.id = f.directory_id LEFT JOIN contents c ON c.id = f.content_id
     WHERE f.missing = 0 AND coalesce(f.error, c.error) IS NOT NULL ORDER BY d.path, f.name`,
  );
  return {
    put: (file) => {
      const { directoryId, name, fingerprint, contentId, error } = file;
      const { bytes, mtimeNs, inode } = fingerprint;
      put.run(directoryId, bytePathToBuffer(name), bytes, mtimeNs, inode, contentId, error);
    },
    setMissing: (directoryId, name, missing) => {
      setMissing.run(missing ? 1 : 0, directoryId, bytePathToBuffer(name));
    },
    inDirectory: (directoryId) =>
      new Map(inDirectory.all(directoryId).map((row) => [bytePathFromBuffer(row.name), knownFile(row)])),
    presentPaths: (contentId) => presentPaths.all(contentId).map(pathOf),
    forgetContents: (contentIds) => contentIds.reduce((files, id) => files + forget.run(id).changes, 0),
    presentByContent: () => presentByContent.all(),
    counts: () => counts.get() ?? { present: 0, missing: 0, failed: 0 },
    failed: () => failed.all().map((row) => ({ path: pathOf(row), reason: row.reason })),
  };
}

function knownFile(row: Row): KnownFile {
  return {
    bytes: row.bytes,
    mtimeNs: row.mtime_ns,
    inode: row.inode,
    contentId: row.content_id === null ? null : Number(row.content_id),
    missing: row.missing === 1n,
    error: row.error,
  };
}

function pathOf(row: { directory: Buffer; name: Buffer }): BytePath {
  return joinBytePath(bytePathFromBuffer(row.directory), bytePathFromBuffer(row.name));
}
