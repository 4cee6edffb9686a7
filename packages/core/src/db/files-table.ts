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
  /** ms since 1970: since when it is missing; the file counts as present unless given. */
  readonly missingSince?: number | null;
}

/** A file's row with all that another library may want to know of it. */
export interface FileRecord extends Omit<FileRow, "directoryId"> {
  /** Of its content, null when the file could not be read. */
  readonly hash: Buffer | null;
  readonly missingSince: number | null;
}

export interface FilesTable {
  /** Inserts the row or replaces it. */
  put(file: FileRow): void;
  /** Marks a file as not found, from now on, or as found again. */
  setMissing(directoryId: number, name: BytePath, missing: boolean): void;
  /** Every file of a directory, by name. */
  inDirectory(directoryId: number): Map<BytePath, KnownFile>;
  /** The same, with their contents' hashes. */
  records(directoryId: number): FileRecord[];
  /**
   * Files whose content the store should have a vector of but has not; the indexer treats them as changed. How many.
   */
  forgetContents(contentIds: readonly number[]): number;
  /** The same, but the files keep their contents, so that these are found meanwhile. How many. */
  readAgain(contentIds: readonly number[]): number;
  /** Lets the indexer read again what could not be read or decoded: forgets errors, and contents that have one. */
  forgetFailures(): void;
  /** The present files of a content, in byte order of their paths. */
  ofContent(contentId: number): { directoryId: number; name: BytePath }[];
  /** How many files of a directory are there. */
  presentIn(directoryId: number): number;
  /** Removes the rows of files that are missing since `time` (ms since 1970) or before. How many. */
  removeMissing(time: number): number;
  /** How many rows that would be. */
  missingSince(time: number): number;
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
  readonly ctime_ns: bigint;
  readonly inode: bigint;
  readonly content_id: bigint | null;
  readonly missing_since: bigint | null;
  readonly error: string | null;
}

export function filesTable(db: Database): FilesTable {
  const put = db.prepare(
    `INSERT INTO files (directory_id, name, bytes, mtime_ns, ctime_ns, inode, content_id, error, missing_since)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (directory_id, name) DO UPDATE SET bytes = excluded.bytes, mtime_ns = excluded.mtime_ns,
       ctime_ns = excluded.ctime_ns, inode = excluded.inode, content_id = excluded.content_id,
       missing_since = excluded.missing_since, error = excluded.error`,
  );
  const setMissing = db.prepare("UPDATE files SET missing_since = ? WHERE directory_id = ? AND name = ?");
  const inDirectory = db
    .prepare<[number], Row>(
      `SELECT name, bytes, mtime_ns, ctime_ns, inode, content_id, missing_since, error FROM files
       WHERE directory_id = ?`,
    )
    .safeIntegers();
  const records = db
    .prepare<[number], Row & { hash: Buffer | null }>(
      `SELECT f.name, f.bytes, f.mtime_ns, f.ctime_ns, f.inode, f.content_id, f.missing_since, f.error, c.hash
       FROM files f LEFT JOIN contents c ON c.id = f.content_id WHERE f.directory_id = ?`,
    )
    .safeIntegers();
  const forget = db.prepare("UPDATE files SET content_id = NULL WHERE content_id = ?");
  // No file has this size: it counts as changed.
  const readAgain = db.prepare("UPDATE files SET bytes = -1 WHERE content_id = ?");
  const forgetFailedContents = db.prepare(
    "UPDATE files SET content_id = NULL WHERE content_id IN (SELECT id FROM contents WHERE error IS NOT NULL)",
  );
  const forgetErrors = db.prepare("UPDATE files SET error = NULL WHERE error IS NOT NULL");
  const removeFailedContents = db.prepare("DELETE FROM contents WHERE error IS NOT NULL");
  const ofContent = db.prepare<[number], { directoryId: number; name: Buffer }>(
    `SELECT f.directory_id AS directoryId, f.name FROM files f JOIN directories d ON d.id = f.directory_id
     WHERE f.content_id = ? AND f.missing_since IS NULL ORDER BY d.path, f.name`,
  );
  const presentIn = db
    .prepare<[number], number>("SELECT count(*) FROM files WHERE directory_id = ? AND missing_since IS NULL")
    .pluck();
  const removeMissing = db.prepare("DELETE FROM files WHERE missing_since <= ?");
  const countMissingSince = db.prepare<[number], number>("SELECT count(*) FROM files WHERE missing_since <= ?").pluck();
  const presentByContent = db.prepare<[], { contentId: number | null; files: number }>(
    `SELECT f.content_id AS contentId, count(*) AS files FROM files f LEFT JOIN contents c ON c.id = f.content_id
     WHERE f.missing_since IS NULL AND coalesce(f.error, c.error) IS NULL GROUP BY f.content_id`,
  );
  const counts = db.prepare<[], { present: number; missing: number; failed: number }>(
    `SELECT count(*) FILTER (WHERE f.missing_since IS NULL) AS present, count(*) FILTER (WHERE f.missing_since IS NOT NULL) AS missing,
       count(*) FILTER (WHERE f.missing_since IS NULL AND coalesce(f.error, c.error) IS NOT NULL) AS failed
     FROM files f LEFT JOIN contents c ON c.id = f.content_id`,
  );
  const failed = db.prepare<[], { directory: Buffer; name: Buffer; reason: string }>(
    `SELECT d.path AS directory, f.name, coalesce(f.error, c.error) AS reason
     FROM files f JOIN directories d ON d.id = f.directory_id LEFT JOIN contents c ON c.id = f.content_id
     WHERE f.missing_since IS NULL AND coalesce(f.error, c.error) IS NOT NULL ORDER BY d.path, f.name`,
  );
  return {
    put: (file) => {
      const { directoryId, name, fingerprint, contentId, error, missingSince = null } = file;
      const { bytes, mtimeNs, ctimeNs, inode } = fingerprint;
      put.run(directoryId, bytePathToBuffer(name), bytes, mtimeNs, ctimeNs, inode, contentId, error, missingSince);
    },
    setMissing: (directoryId, name, missing) => {
      setMissing.run(missing ? Date.now() : null, directoryId, bytePathToBuffer(name));
    },
    inDirectory: (directoryId) =>
      new Map(inDirectory.all(directoryId).map((row) => [bytePathFromBuffer(row.name), knownFile(row)])),
    records: (directoryId) => records.all(directoryId).map(fileRecord),
    forgetContents: (contentIds) => contentIds.reduce((files, id) => files + forget.run(id).changes, 0),
    readAgain: (contentIds) => contentIds.reduce((files, id) => files + readAgain.run(id).changes, 0),
    forgetFailures: () => {
      forgetFailedContents.run();
      forgetErrors.run();
      removeFailedContents.run();
    },
    ofContent: (contentId) =>
      ofContent.all(contentId).map(({ directoryId, name }) => ({ directoryId, name: bytePathFromBuffer(name) })),
    presentIn: (directoryId) => presentIn.get(directoryId) ?? 0,
    removeMissing: (time) => removeMissing.run(time).changes,
    missingSince: (time) => countMissingSince.get(time) ?? 0,
    presentByContent: () => presentByContent.all(),
    counts: () => counts.get() ?? { present: 0, missing: 0, failed: 0 },
    failed: () => failed.all().map((row) => ({ path: pathOf(row), reason: row.reason })),
  };
}

function knownFile(row: Row): KnownFile {
  return {
    bytes: row.bytes,
    mtimeNs: row.mtime_ns,
    ctimeNs: row.ctime_ns,
    inode: row.inode,
    contentId: row.content_id === null ? null : Number(row.content_id),
    missing: row.missing_since !== null,
    error: row.error,
  };
}

function fileRecord(row: Row & { hash: Buffer | null }): FileRecord {
  const { contentId, error, ...fingerprint } = knownFile(row);
  const { bytes, mtimeNs, ctimeNs, inode } = fingerprint;
  return {
    name: bytePathFromBuffer(row.name),
    fingerprint: { bytes, mtimeNs, ctimeNs, inode },
    contentId,
    hash: row.hash,
    error,
    missingSince: row.missing_since === null ? null : Number(row.missing_since),
  };
}

function pathOf(row: { directory: Buffer; name: Buffer }): BytePath {
  return joinBytePath(bytePathFromBuffer(row.directory), bytePathFromBuffer(row.name));
}
