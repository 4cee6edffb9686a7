import { ClipfindError } from "../errors.ts";

/** The error for a run that its signal has stopped; `cause` is the signal's reason. */
export function indexingStopped(cause: unknown): ClipfindError {
  return new ClipfindError("ABORTED", "Indexing was stopped; everything finished so far is kept", {
    cause,
    hint: "Run the same command again to go on where it stopped.",
  });
}
