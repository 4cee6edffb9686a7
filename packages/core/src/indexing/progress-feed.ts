import { setTimeout } from "node:timers/promises";
import type { IndexEvent, IndexProgress } from "./index-event.ts";

type Counts = Omit<IndexProgress, "phase" | "elapsedMs" | "encodeMs">;

/** Milliseconds between two progress events. */
const interval = 100;

/** Counts what a run does and turns it into a stream of events: progress a few times a second, problems as they come. */
export class ProgressFeed {
  readonly #counts: { -readonly [K in keyof Counts]: number } = {
    found: 0,
    unchanged: 0,
    toRead: 0,
    done: 0,
    bytesToRead: 0,
    bytesRead: 0,
    encoded: 0,
    reused: 0,
    toDescribe: 0,
    described: 0,
    sidecars: 0,
    failed: 0,
    missing: 0,
  };
  readonly #started = performance.now();
  #encodeStarted: number | undefined;
  #problems: { path: string; reason: string }[] = [];
  #finished = false;
  readonly #end = new AbortController();

  add(more: Partial<Counts>): void {
    for (const [name, count] of Object.entries(more)) this.#counts[name as keyof Counts] += count;
  }

  problem(path: string, reason: string): void {
    this.#problems.push({ path, reason });
  }

  startEncoding(): void {
    this.#encodeStarted = performance.now();
  }

  progress(): IndexProgress {
    const now = performance.now();
    return {
      phase: this.#encodeStarted === undefined ? "scan" : "encode",
      ...this.#counts,
      elapsedMs: now - this.#started,
      encodeMs: this.#encodeStarted === undefined ? 0 : now - this.#encodeStarted,
    };
  }

  /** Ends the stream of events when `run` settles; resolves or rejects as it does. */
  async follow<T>(run: Promise<T>): Promise<T> {
    try {
      return await run;
    } finally {
      this.#finished = true;
      this.#end.abort();
    }
  }

  /** Events until the followed run settles. */
  async *events(): AsyncGenerator<IndexEvent, void, void> {
    // A slow reader may come back to a run that has ended meanwhile: what is queued is still to be told.
    while (!this.#finished || this.#problems.length > 0) {
      await setTimeout(interval, undefined, { signal: this.#end.signal }).catch(() => undefined);
      const problems = this.#problems;
      this.#problems = [];
      for (const { path, reason } of problems) yield { type: "problem", path, reason };
      if (!this.#finished) yield { type: "progress", progress: this.progress() };
    }
  }
}
