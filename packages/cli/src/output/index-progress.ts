import type { IndexProgress } from "@clipfind/core";
import { MultiBar, type SingleBar } from "cli-progress";
import { isTerminal } from "../context.ts";
import { grouped } from "./grouped.ts";
import { Pace } from "./pace.ts";
import { plural } from "./plural.ts";

/** Shows how an index run goes: on a terminal a bar with pace, time left and what went wrong; elsewhere nothing. */
export class IndexProgressDisplay {
  readonly #stream: NodeJS.WritableStream;
  readonly #bars: MultiBar | undefined;
  readonly #pace = new Pace();
  #bar: SingleBar | undefined;

  constructor(stream: NodeJS.WritableStream) {
    this.#stream = stream;
    if (isTerminal(stream)) {
      this.#bars = new MultiBar({
        stream,
        hideCursor: true,
        clearOnComplete: true,
        format: "{phase} {bar} {value}/{total} {detail}",
        barsize: 20,
        barCompleteChar: "█",
        barIncompleteChar: "░",
      });
    }
  }

  update(progress: IndexProgress): void {
    if (this.#bars === undefined) return;
    this.#bar ??= this.#bars.create(0, 0);
    const { phase, found, unchanged, toRead, done, toDescribe, described } = progress;
    const scanning = phase === "scan";
    if (!scanning && toDescribe > 0 && done >= toRead) {
      this.#bar.setTotal(toDescribe);
      this.#bar.update(described, { phase: "reading metadata", detail: "of known photos" });
      return;
    }
    this.#bar.setTotal(Math.max(1, scanning ? found : toRead));
    this.#bar.update(scanning ? unchanged : done, {
      phase: scanning ? "scanning" : "indexing",
      detail: scanning ? plural(found, "photo") : this.#detail(progress),
    });
  }

  /** Prints a line without tearing the bar. */
  line(text: string): void {
    if (this.#bar !== undefined) this.#bars?.log(`${text}\n`);
    else this.#stream.write(`${text}\n`);
  }

  stop(): void {
    this.#bars?.stop();
  }

  #detail(progress: IndexProgress): string {
    const { reused, failed } = progress;
    const counts = [
      ...(reused > 0 ? [plural(reused, "duplicate")] : []),
      ...(failed > 0 ? [`${grouped(failed)} failed`] : []),
    ];
    return [this.#pace.update(progress), ...counts].filter((part) => part !== "").join(", ");
  }
}
