import type { ClipfindError } from "../../errors.ts";

/** Something went wrong that may well go right when it is tried again. `failure` is what to say when it does not. */
export class Transient extends Error {
  override readonly name = "Transient";
  readonly failure: ClipfindError;
  /** Milliseconds the server asked to wait. */
  readonly afterMs: number | undefined;
  /** True where something was achieved before: then the tries are counted anew. */
  readonly progressed: boolean;

  constructor(failure: ClipfindError, options: { afterMs?: number | undefined; progressed?: boolean } = {}) {
    super(failure.message, { cause: failure });
    this.failure = failure;
    this.afterMs = options.afterMs;
    this.progressed = options.progressed ?? false;
  }
}
