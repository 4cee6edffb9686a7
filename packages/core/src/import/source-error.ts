import { closeSync, existsSync, openSync, readSync, statSync } from "node:fs";
import { ClipfindError } from "../errors.ts";

/** The first bytes of every SQLite database. */
const magic = "SQLite format 3\0";

/**
 * Refuses what SQLite would wait for, take for an empty database, or write beside: what is no file, no database, or one
 * with a write-ahead log.
 * @throws ClipfindError IMPORT_SOURCE_UNUSABLE
 */
export function assertReadable(path: string): void {
  const header = readHeader(path);
  if (header.toString("latin1", 0, magic.length) !== magic) {
    throw unusable(`Expected rclip's index, an SQLite database, but ${path} is none`, {
      hint: "rclip calls its index db.sqlite3; name that one.",
    });
  }
  // https://www.sqlite.org/fileformat.html, 1.3.3: 2 says "write-ahead log" where 1 says "rollback journal".
  if (header[18] === 1 && header[19] === 1) return;
  throw unusable(`Expected rclip's index without a write-ahead log, which rclip never uses, but ${path} has one`, {
    hint: 'Copy the file and its -wal into another folder, run `sqlite3 COPY "PRAGMA journal_mode = DELETE"`, and import the copy.',
  });
}

function readHeader(path: string): Buffer {
  const header = Buffer.alloc(20);
  try {
    if (statSync(path).isFile()) {
      const descriptor = openSync(path, "r");
      try {
        readSync(descriptor, header);
        return header;
      } finally {
        closeSync(descriptor);
      }
    }
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    const isGone = code === "ENOENT" || code === "ENOTDIR";
    throw isGone
      ? unusable(`Expected rclip's index, but there is none at ${path}`, {
          cause,
          hint: "Name it: `clipfind import rclip DB`. rclip keeps it as db.sqlite3 in its data directory (RCLIP_DATADIR).",
        })
      : unusable(`Cannot read rclip's index ${path}: ${(cause as Error).message}`, { cause });
  }
  throw unusable(`Expected rclip's index, but ${path} is not a regular file`, {
    hint: "rclip calls its index db.sqlite3; name that one.",
  });
}

/** What a failure of SQLite to read the database in `path` means for the user. Other errors come back unchanged. */
export function sourceError(cause: unknown, path: string): unknown {
  if (!(cause instanceof Error) || !("code" in cause) || typeof cause.code !== "string") return cause;
  const { code, message } = cause;
  if (!code.startsWith("SQLITE_")) return cause;
  if (code.startsWith("SQLITE_BUSY") || code.startsWith("SQLITE_LOCKED")) {
    return unusable(`Another process is writing to rclip's index ${path}`, {
      cause,
      hint: "Wait until rclip has finished, then run this again: what was imported is kept.",
    });
  }
  // What SQLite says depends on whether the journal may be written.
  if (code.startsWith("SQLITE_READONLY") || (code.startsWith("SQLITE_CANTOPEN") && existsSync(`${path}-journal`))) {
    return unusable(`rclip's index ${path} was left in the midst of a change: rclip was killed, or still runs`, {
      cause,
      hint: "Let rclip put it in order (any query does, such as `rclip cat`), then run this again.",
    });
  }
  if (/^SQLITE_(CORRUPT|NOTADB)/.test(code)) {
    return unusable(`rclip's index ${path} is damaged: ${message}`, {
      cause,
      hint: "What was imported so far is kept. Restore the file from a backup, or let `clipfind index DIR` encode the rest.",
    });
  }
  return unusable(`rclip's index ${path} could not be read: ${message} (${code})`, { cause });
}

function unusable(message: string, options: { cause?: unknown; hint?: string }): ClipfindError {
  return new ClipfindError("IMPORT_SOURCE_UNUSABLE", message, options);
}
