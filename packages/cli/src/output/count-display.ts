import { SingleBar } from "cli-progress";
import { isTerminal } from "../context.ts";

/** How far something with a known end has come: a bar on a terminal, elsewhere nothing. */
export class CountDisplay {
  readonly #bar: SingleBar | undefined;
  #isStarted = false;

  constructor(stream: NodeJS.WritableStream, what: string) {
    if (!isTerminal(stream)) return;
    this.#bar = new SingleBar({
      stream,
      hideCursor: true,
      clearOnComplete: true,
      format: `${what} {bar} {value}/{total} {duration_formatted}`,
      barsize: 20,
      barCompleteChar: "█",
      barIncompleteChar: "░",
    });
  }

  update(done: number, total: number): void {
    if (!this.#isStarted) this.#bar?.start(Math.max(1, total), 0);
    this.#isStarted = true;
    this.#bar?.update(done);
  }

  stop(): void {
    this.#bar?.stop();
  }
}
