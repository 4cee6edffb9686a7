import { ClipfindError, type ErrorCode } from "@clipfind/core/errors";

/** Whether the system says that there is no room. */
export function isDiskFull(error: unknown): boolean {
  return ["ENOSPC", "EDQUOT"].includes((error as NodeJS.ErrnoException).code ?? "");
}

/** What the system says of a file that was to be written, as our error; what is ours already stays. */
export function fileProblem(error: unknown, path: string): Error {
  if (error instanceof ClipfindError || !(error instanceof Error)) return error as Error;
  const { code = "" } = error as NodeJS.ErrnoException;
  const ours: ErrorCode = isDiskFull(error)
    ? "DISK_FULL"
    : ["EACCES", "EPERM", "EROFS"].includes(code)
      ? "PERMISSION_DENIED"
      : "INVALID_ARGUMENT";
  return new ClipfindError(ours, `Expected to write ${path}, found: ${error.message}`, {
    cause: error,
    hint: "Name another place, or put this one right.",
  });
}
