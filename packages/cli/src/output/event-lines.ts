import type { IndexEvent, IndexProgress } from "@clipfind/core";

/** Milliseconds between two lines of progress. */
const interval = 1000;

/** Prints the events of an index run as JSON, an object per line, each with its `type`. */
export class EventLines {
  readonly #print: (line: string) => void;
  #lastProgress = Number.NEGATIVE_INFINITY;

  constructor(print: (line: string) => void) {
    this.#print = print;
  }

  /** The first line. `version` grows when a field of any line changes its meaning or goes. */
  start(library: string): void {
    this.#write({ type: "start", version: 1, library });
  }

  /** Progress is told once a second, everything else as it comes. */
  event(event: Exclude<IndexEvent, { readonly type: "done" }>): void {
    if (event.type !== "progress") {
      this.#write(event);
    } else if (performance.now() - this.#lastProgress >= interval) {
      this.#lastProgress = performance.now();
      this.#write({ type: event.type, ...event.progress });
    }
  }

  /** The last line of a run that was stopped. */
  stopped(progress: IndexProgress | undefined): void {
    this.#write({ type: "stopped", ...progress });
  }

  #write(record: object): void {
    this.#print(JSON.stringify(record));
  }
}
