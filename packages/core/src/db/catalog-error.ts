import { ClipfindError } from "../errors.ts";

/** What a failure of SQLite, or of the file system under it, means for the user. Other errors come back unchanged. */
export function catalogError(cause: unknown, path: string): unknown {
  if (!(cause instanceof Error) || !("code" in cause) || typeof cause.code !== "string") return cause;
  const { code } = cause;
  if (/^SQLITE_(CORRUPT|NOTADB)/.test(code)) {
    return new ClipfindError("CATALOG_DAMAGED", `The catalog ${path} is damaged: ${cause.message}`, {
      cause,
      hint:
        "Nothing was changed. Restore the file from a backup, or move it aside and run `clipfind index` again; " +
        "your photos are not affected.",
    });
  }
  // SHMSIZE: the file that readers and writers share could not grow.
  if (code === "SQLITE_FULL" || code === "SQLITE_IOERR_SHMSIZE" || code === "ENOSPC") {
    return new ClipfindError("DISK_FULL", `No space left for the catalog ${path}`, {
      cause,
      hint: "Free some space and run the command again: everything committed so far is kept.",
    });
  }
  if (code.startsWith("SQLITE_IOERR")) {
    return new ClipfindError("STORE_FAILED", `The catalog ${path} could not be read or written (${code})`, {
      cause,
      hint: "Check the disk and its free space; everything committed so far is kept.",
    });
  }
  if (code.startsWith("SQLITE_BUSY")) {
    return new ClipfindError("LIBRARY_LOCKED", `Another process keeps the catalog ${path} busy`, {
      cause,
      hint: "Wait until it has finished, then try again.",
    });
  }
  if (/^(EACCES|EPERM|EROFS|SQLITE_READONLY|SQLITE_CANTOPEN|SQLITE_PERM)/.test(code)) {
    return new ClipfindError("PERMISSION_DENIED", `Cannot open the catalog ${path} for writing: ${cause.message}`, {
      cause,
      hint: "Check the permissions of the library directory, or choose another one with --library.",
    });
  }
  if (code === "ENOTDIR" || code === "EEXIST" || code === "ENOENT") {
    return new ClipfindError("NOT_A_DIRECTORY", `The library's place ${path} is not in a directory`, {
      cause,
      hint: "Choose a directory with --library.",
    });
  }
  return cause;
}
