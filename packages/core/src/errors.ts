/** Every code a {@link ClipfindError} may carry. docs/errors.md has a line for each. */
export type ErrorCode =
  | "ABORTED"
  | "ARCHIVE_INVALID"
  | "CATALOG_DAMAGED"
  | "CATALOG_TOO_NEW"
  | "CLOSED"
  | "CONFIG_INVALID"
  | "DEVICE_UNAVAILABLE"
  | "DISK_FULL"
  | "DOWNLOAD_DAMAGED"
  | "EMPTY_QUERY"
  | "HUB_DENIED"
  | "HUB_FAILED"
  | "HUB_NOT_FOUND"
  | "IMAGE_UNREADABLE"
  | "IMPORT_SOURCE_UNUSABLE"
  | "INVALID_ARGUMENT"
  | "INVALID_QUERY"
  | "LIBRARY_LOCKED"
  | "LIBRARY_NOT_FOUND"
  | "MODEL_FAILED"
  | "MODEL_INVALID"
  | "MODEL_MISMATCH"
  | "MODEL_NOT_FOUND"
  | "NOT_A_DIRECTORY"
  | "PERMISSION_DENIED"
  | "SHARD_MISSING"
  | "STORE_DAMAGED"
  | "STORE_FAILED"
  | "STORE_TOO_NEW";

/**
 * The one error class of clipfind. `code` is stable and meant for programs; `message` says what was expected, what was
 * found and where; `hint` says what to do next.
 */
export class ClipfindError extends Error {
  override readonly name = "ClipfindError";
  readonly code: ErrorCode;
  readonly hint: string | undefined;

  /** Also of those that another copy of this module has made: entries that are bundled apart have one each. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return value instanceof Error && value.name === "ClipfindError" && "code" in value;
  }

  constructor(code: ErrorCode, message: string, options: { hint?: string; cause?: unknown } = {}) {
    super(message, "cause" in options ? { cause: options.cause } : undefined);
    this.code = code;
    this.hint = options.hint;
  }
}
