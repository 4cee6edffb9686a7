import type { BytePath } from "../byte-path.ts";
import type { FoundFile, FoundFiles } from "../found-files.ts";

/** A file to be read: new, changed, or to be read again. */
export interface FileToRead extends FoundFile {
  readonly directory: BytePath;
}

/** Files to be read, handed out one by one; kept packed, since there may be millions. */
export class WorkList {
  readonly #parts: { directory: BytePath; files: FoundFiles; places: readonly number[] | undefined }[] = [];
  #length = 0;
  #bytes = 0;
  #taking: Generator<FileToRead, void, void> | undefined;

  /** Adds files of a directory: those at the given places among `files`, in ascending order. */
  add(directory: BytePath, files: FoundFiles, places: readonly number[]): void {
    if (places.length === 0) return;
    this.#length += places.length;
    if (places.length === files.length) {
      this.#bytes += files.bytes;
      this.#parts.push({ directory, files, places: undefined });
    } else {
      this.#parts.push({ directory, files, places });
      for (const { fingerprint } of at(files, places)) this.#bytes += Number(fingerprint.bytes);
    }
  }

  /** Files in all, taken or not. */
  get length(): number {
    return this.#length;
  }

  /** Bytes of all files together. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The next file; undefined when all are taken. */
  take(): FileToRead | undefined {
    this.#taking ??= this.#files();
    return this.#taking.next().value ?? undefined;
  }

  *#files(): Generator<FileToRead, void, void> {
    for (const { directory, files, places } of this.#parts) {
      for (const file of places === undefined ? files : at(files, places)) yield { directory, ...file };
    }
  }
}

function* at(files: FoundFiles, places: readonly number[]): Generator<FoundFile, void, void> {
  let [place, next] = [0, 0];
  for (const file of files) {
    if (place++ !== places[next]) continue;
    next++;
    yield file;
  }
}
