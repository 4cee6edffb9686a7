import { ClipfindError } from "./errors.ts";

/**
 * The ClipfindError for what the operating system says on reading or writing `path`, a place that the user named; what
 * is none of its errors is returned as it is.
 */
export function placeError(error: unknown, path: string): unknown {
  if (!(error instanceof Error) || error instanceof ClipfindError) return error;
  const { code, syscall } = error as NodeJS.ErrnoException;
  if (code === undefined || syscall === undefined) return error;
  if (code === "ENOSPC" || code === "EDQUOT" || code === "EFBIG") {
    const message = `${path}: no space left on the disk (${code})`;
    return new ClipfindError("DISK_FULL", message, { hint: "Free some, or name another place.", cause: error });
  }
  if (code === "EACCES" || code === "EPERM" || code === "EROFS") {
    const message = `${path}: may not be read or written (${code})`;
    const hint = "Change its permissions, or name another place.";
    return new ClipfindError("PERMISSION_DENIED", message, { hint, cause: error });
  }
  const message = `${path}: could not be read or written (${code}, ${syscall})`;
  return new ClipfindError("STORE_FAILED", message, { hint: "Is the disk still there, and sound?", cause: error });
}
