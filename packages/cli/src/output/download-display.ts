import { SingleBar } from "cli-progress";
import { isTerminal } from "../context.ts";

/** Milliseconds between two changes of the bar. */
const interval = 100;

/** Shows how a download goes: on a terminal one bar for all files; elsewhere nothing but the lines. */
export class DownloadDisplay {
  readonly #stream: NodeJS.WritableStream;
  readonly #formatBytes: (bytes: number) => string;
  #bar: SingleBar | undefined;
  #first = { at: 0, present: 0 };
  #last = 0;

  constructor(stream: NodeJS.WritableStream, formatBytes: (bytes: number) => string) {
    this.#stream = stream;
    this.#formatBytes = formatBytes;
  }

  update(present: number, bytes: number): void {
    if (!isTerminal(this.#stream)) return;
    const now = performance.now();
    if (this.#bar === undefined) {
      this.#bar = new SingleBar({
        stream: this.#stream,
        hideCursor: true,
        clearOnComplete: true,
        format: "{bar} {percentage} % {detail}",
        barsize: 20,
        barCompleteChar: "█",
        barIncompleteChar: "░",
      });
      this.#bar.start(bytes, present, { detail: "" });
      this.#first = { at: now, present };
    }
    if (now - this.#last < interval && present < bytes) return;
    this.#last = now;
    this.#bar.update(present, { detail: this.#detail(present, bytes, now) });
  }

  /** Prints a line without tearing the bar; it begins anew with the next bytes. */
  line(text: string): void {
    this.stop();
    this.#stream.write(`${text}\n`);
  }

  stop(): void {
    this.#bar?.stop();
    this.#bar = undefined;
  }

  #detail(present: number, bytes: number, now: number): string {
    const amount = `${this.#formatBytes(present)} of ${this.#formatBytes(bytes)}`;
    const seconds = (now - this.#first.at) / 1000;
    const perSecond = (present - this.#first.present) / seconds;
    if (seconds < 1 || perSecond <= 0) return amount;
    const left = Math.ceil((bytes - present) / perSecond);
    const time = left < 60 ? `${left} s` : `${Math.ceil(left / 60)} min`;
    return `${amount}, ${this.#formatBytes(perSecond)}/s, ${time} left`;
  }
}
