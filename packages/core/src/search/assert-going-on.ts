import { ClipfindError } from "../errors.ts";

/** @throws ClipfindError ABORTED after the signal */
export function assertGoingOn(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw new ClipfindError("ABORTED", "The search was stopped");
}
