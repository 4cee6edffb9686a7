import { ClipfindError } from "../errors.ts";

/**
 * The ClipfindError for what the operating system says on reading or writing `path`; what is none of its errors is
 * returned as it is.
 */
export function fileError(error: unknown, path: string): unknown {
  if (!(error instanceof Error) || error instanceof ClipfindError) return error;
  const { code, syscall } = error as NodeJS.ErrnoException;
  if (code === "ENOSPC" || code === "EDQUOT" || code === "EFBIG") {
    return new ClipfindError("DISK_FULL", `${path}: no space left on the disk (${code})`, {
      hint: "Free some and run the command again: it goes on where it stopped. CLIPFIND_MODELS names another place.",
      cause: error,
    });
  }
  if (code === "EACCES" || code === "EPERM" || code === "EROFS") {
    return new ClipfindError("PERMISSION_DENIED", `${path}: may not be read or written (${code})`, {
      hint: "Change its permissions, or name another place by CLIPFIND_MODELS.",
      cause: error,
    });
  }
  if (code !== undefined && syscall !== undefined) {
    return new ClipfindError("STORE_FAILED", `${path}: could not be read or written (${code}, ${syscall})`, {
      hint: "Is the disk still there, and sound? CLIPFIND_MODELS names another place.",
      cause: error,
    });
  }
  return error;
}
