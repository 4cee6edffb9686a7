import type { IndexProgress } from "@clipfind/core";
import { MultiBar, type SingleBar } from "cli-progress";
import { isTerminal } from "../context.ts";
import { plural } from "./plural.ts";

/** Milliseconds between two plain lines where there is no terminal. */
const plainInterval = 5000;

/** Shows how an index run goes: a bar with rate and time left on a terminal, a plain line now and then elsewhere. */
export class IndexProgressDisplay {
  readonly #stream: NodeJS.WritableStream;
  readonly #bars: MultiBar | undefined;
  #bar: SingleBar | undefined;
  #lastPlain = performance.now();

  constructor(stream: NodeJS.WritableStream) {
    this.#stream = stream;
    if (isTerminal(stream)) {
      this.#bars = new MultiBar({
        stream,
        hideCursor: true,
        clearOnComplete: true,
        format: "{phase} {bar} {value}/{total} {detail}",
        barsize: 30,
        barCompleteChar: "█",
        barIncompleteChar: "░",
      });
    }
  }

  update(progress: IndexProgress): void {
    if (this.#bars !== undefined) {
      this.#bar ??= this.#bars.create(0, 0);
      const scanning = progress.phase === "scan";
      this.#bar.setTotal(Math.max(1, scanning ? progress.found : progress.toRead));
      this.#bar.update(scanning ? progress.unchanged : progress.done, {
        phase: scanning ? "scanning" : "indexing",
        detail: scanning ? plural(progress.found, "photo") : pace(progress),
      });
    } else if (performance.now() - this.#lastPlain >= plainInterval) {
      this.#lastPlain = performance.now();
      this.#stream.write(
        progress.phase === "scan"
          ? `scanning: ${plural(progress.found, "photo")} so far\n`
          : `indexing: ${progress.done} of ${plural(progress.toRead, "photo")}, ${pace(progress)}\n`,
      );
    }
  }

  /** Prints a line without tearing the bar. */
  line(text: string): void {
    if (this.#bar !== undefined) this.#bars?.log(`${text}\n`);
    else this.#stream.write(`${text}\n`);
  }

  stop(): void {
    this.#bars?.stop();
  }
}

/** "34.2/s, 1:05 left" */
function pace({ done, toRead, encodeMs }: IndexProgress): string {
  if (done === 0 || encodeMs < 500) return "";
  const perSecond = (done * 1000) / encodeMs;
  const left = Math.round((toRead - done) / perSecond);
  const clock = [Math.floor(left / 3600), Math.floor(left / 60) % 60, left % 60];
  const [hours, minutes, seconds] = clock.map((part) => String(part).padStart(2, "0"));
  return `${perSecond.toFixed(1)}/s, ${clock[0] === 0 ? "" : `${hours}:`}${minutes}:${seconds} left`;
}
