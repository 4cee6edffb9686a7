import { readFileSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Milliseconds between two signs of life, and after the last one of which nobody watches any more. */
const every = 20_000;
const patience = 60_000;

/** A file in the library that says that somebody watches `folders`, as long as this is not disposed. */
export class WatchMark implements Disposable {
  readonly #file: string;
  readonly #timer: NodeJS.Timeout;

  constructor(library: string, folders: readonly string[]) {
    this.#file = fileOf(library);
    const quietly = (work: () => void): void => {
      try {
        work();
      } catch {
        // Then searches look for changes themselves.
      }
    };
    quietly(() => writeFileSync(this.#file, `${JSON.stringify(folders)}\n`));
    this.#timer = setInterval(() => quietly(() => utimesSync(this.#file, new Date(), new Date())), every);
    this.#timer.unref();
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    rmSync(this.#file, { force: true });
  }
}

/** The folders of the library in `library` that somebody watches at the moment. */
export function watchedFolders(library: string): readonly string[] {
  try {
    const age = Date.now() - statSync(fileOf(library)).mtimeMs;
    return Math.abs(age) > patience ? [] : (JSON.parse(readFileSync(fileOf(library), "utf8")) as string[]);
  } catch {
    return [];
  }
}

function fileOf(library: string): string {
  return join(library, "watching.json");
}
