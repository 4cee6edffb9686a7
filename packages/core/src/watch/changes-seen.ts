import { setTimeout } from "node:timers/promises";

/** Times in milliseconds. */
export interface Pauses {
  /** Changes are told when there was none for so long, */
  readonly quiet: number;
  /** or when the first of them is so old. */
  readonly most: number;
}

/** Collects changes until they calm down. */
export class ChangesSeen {
  #first: number | undefined;
  #last = 0;
  #wake = new AbortController();

  /** Something has changed. */
  add(): void {
    this.#last = performance.now();
    this.#first ??= this.#last;
    this.#wake.abort();
  }

  /** Whether something has changed since the last {@link settled} that found something. */
  get any(): boolean {
    return this.#first !== undefined;
  }

  /** Waits for `ms` milliseconds, or less if something has changed, or `signal` is aborted. */
  async pause(ms: number, signal: AbortSignal): Promise<void> {
    if (this.any || signal.aborted) return;
    this.#wake = new AbortController();
    await sleep(ms, AbortSignal.any([this.#wake.signal, signal]));
  }

  /** Waits until the changes have calmed down, and forgets them. */
  async settled({ quiet, most }: Pauses, signal: AbortSignal): Promise<void> {
    while (this.#first !== undefined && !signal.aborted) {
      const now = performance.now();
      const left = Math.min(this.#last + quiet, this.#first + most) - now;
      if (left <= 0) this.#first = undefined;
      else await sleep(left, signal);
    }
  }
}

/** Ends early, and well, when `signal` is aborted. */
export async function sleep(ms: number, signal: AbortSignal): Promise<void> {
  await setTimeout(ms, undefined, { signal }).catch(() => undefined);
}
