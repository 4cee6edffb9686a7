import type { RclipImportProgress } from "@clipfind/core";
import { MultiBar, type SingleBar } from "cli-progress";
import { isTerminal } from "../context.ts";

/** Shows how an import goes: on a terminal a bar with the time left; elsewhere nothing. */
export class ImportProgressDisplay {
  readonly #stream: NodeJS.WritableStream;
  readonly #bars: MultiBar | undefined;
  #bar: SingleBar | undefined;

  constructor(stream: NodeJS.WritableStream) {
    this.#stream = stream;
    if (!isTerminal(stream)) return;
    this.#bars = new MultiBar({
      stream,
      hideCursor: true,
      clearOnComplete: true,
      format: "importing {bar} {value}/{total} photos read, {megabytes} MB, {eta_formatted} left",
      barsize: 20,
      barCompleteChar: "█",
      barIncompleteChar: "░",
    });
  }

  update({ toRead, done, bytesRead }: RclipImportProgress): void {
    if (this.#bars === undefined) return;
    this.#bar ??= this.#bars.create(0, 0);
    this.#bar.setTotal(Math.max(1, toRead));
    this.#bar.update(done, { megabytes: (bytesRead / 1e6).toFixed(0) });
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
