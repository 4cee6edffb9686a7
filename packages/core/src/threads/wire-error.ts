import { ClipfindError, type ErrorCode } from "../errors.ts";

/** An error as it crosses a thread border; structured clone alone would drop `code`, `hint` and the class. */
export interface WireError {
  readonly message: string;
  /** Set when it was a ClipfindError. */
  readonly code?: ErrorCode;
  readonly hint?: string;
  readonly stack?: string;
  /** The text of the cause: causes may hold what cannot be cloned. */
  readonly cause?: string;
}

/** Turns anything thrown into plain data. */
export function toWireError(error: unknown): WireError {
  if (!(error instanceof Error)) return { message: String(error) };
  return {
    message: error.message,
    ...(error instanceof ClipfindError && { code: error.code }),
    ...(error instanceof ClipfindError && error.hint !== undefined && { hint: error.hint }),
    ...(error.stack !== undefined && { stack: error.stack }),
    ...(error.cause !== undefined && { cause: describe(error.cause) }),
  };
}

/** Makes the error again: a ClipfindError where it was one, an Error otherwise, with the stack of its origin. */
export function fromWireError(wire: WireError): Error {
  const cause = wire.cause === undefined ? {} : { cause: new Error(wire.cause) };
  const error =
    wire.code === undefined
      ? new Error(wire.message, cause)
      : new ClipfindError(wire.code, wire.message, { ...cause, ...(wire.hint !== undefined && { hint: wire.hint }) });
  if (wire.stack !== undefined) error.stack = wire.stack;
  return error;
}

function describe(cause: unknown): string {
  return cause instanceof Error ? `${cause.name}: ${cause.message}` : JSON.stringify(cause);
}
