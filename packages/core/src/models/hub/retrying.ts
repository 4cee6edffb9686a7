import { setTimeout } from "node:timers/promises";
import { Transient } from "./transient.ts";

export interface RetryOptions {
  /** Milliseconds before the second try; doubled before each further one. */
  readonly pauseMs: number;
  readonly signal?: AbortSignal | undefined;
  /** Told before each pause. */
  readonly onRetry?: ((reason: string, pauseMs: number) => void) | undefined;
}

/** Tries that may fail one after the other, with nothing achieved between them. */
const triesInVain = 5;
/** Tries at all: a server that sends a few bytes each time is not worth waiting for. */
const tries = 100;
/** A server that asks for more patience than this, in milliseconds, is asked another day. */
const longestPause = 120_000;

/**
 * Calls `attempt` until it succeeds, a bounded number of times, as long as it throws {@link Transient}. Waits between the
 * calls: as long as the server asks, else exponentially longer.
 * @throws what `attempt` throws, of a Transient its failure; AbortError
 */
export async function retrying<T>(attempt: () => Promise<T>, options: RetryOptions): Promise<T> {
  const { pauseMs, signal, onRetry } = options;
  let inVain = 0;
  for (let n = 1; ; n++) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof Transient)) throw error;
      inVain = error.progressed ? 1 : inVain + 1;
      const pause = error.afterMs ?? pauseMs * 2 ** (inVain - 1);
      if (inVain >= triesInVain || n >= tries || pause > longestPause) throw error.failure;
      onRetry?.(error.failure.message, pause);
      await setTimeout(pause, undefined, { signal });
    }
  }
}
