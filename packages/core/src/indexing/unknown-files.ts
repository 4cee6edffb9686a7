import { joinBytePath } from "../byte-path.ts";
import type { PhotoIdentity } from "../photos/photo-encoder.ts";
import type { PhotoReader } from "../photos/photo-reader.ts";
import { ProcessLost } from "../threads/worker-process.ts";
import type { KnownSizes } from "./known-sizes.ts";
import type { FileToRead, WorkList } from "./work-list.ts";

export interface UnknownFilesOptions {
  readonly work: WorkList;
  readonly sizes: KnownSizes;
  readonly reader: PhotoReader;
  /** Settles a file if its content is known, and says whether it is. */
  readonly recognize: (file: FileToRead, photo: PhotoIdentity) => boolean;
  /** Waits until there is room for more. */
  readonly commit: () => Promise<void>;
  readonly signal: AbortSignal;
}

/** Files in a batch, and bytes: few enough that a run stops soon. */
const filesPerBatch = 256;
const bytesPerBatch = 64e6;
/** One is read while the rows of another are written. */
const batchesAtOnce = 3;

/**
 * Hands out the files that an encoder has to read. A file is read first by itself if some content has as many bytes, with
 * many others in one go: renamed, moved and copied photos need no more. What turns out to be new is read twice, the second
 * time from the system's cache; most new photos have a size of their own.
 */
export class UnknownFiles {
  readonly #options: UnknownFilesOptions;
  /** Read and not recognized. */
  readonly #strangers: FileToRead[] = [];
  /** Batches being read; they never reject. */
  readonly #looking = new Set<Promise<void>>();
  /** A reader was lost: an encoder finds out which file is to blame. */
  #isLost = false;
  #failure: { readonly cause: unknown } | undefined;

  constructor(options: UnknownFilesOptions) {
    this.#options = options;
  }

  /** The next one; undefined when there are no more. May be called again while it is under way. */
  async next(): Promise<FileToRead | undefined> {
    while (!this.#options.signal.aborted) {
      if (this.#failure !== undefined) throw this.#failure.cause;
      const stranger = this.#strangers.pop() ?? this.#take();
      if (stranger !== undefined) return stranger;
      if (this.#looking.size === 0) return undefined;
      // Another caller's batch may have something for this one too.
      await Promise.race(this.#looking);
    }
    return undefined;
  }

  /** Begins to read the files up to the next one that cannot be known, which it returns. */
  #take(): FileToRead | undefined {
    const { work, sizes } = this.#options;
    if (this.#looking.size >= batchesAtOnce) return undefined;
    const batch: FileToRead[] = [];
    let bytes = 0;
    let stranger: FileToRead | undefined;
    while (stranger === undefined && batch.length < filesPerBatch && bytes < bytesPerBatch) {
      const file = work.take();
      if (file === undefined) break;
      if (this.#isLost || !sizes.has(file.fingerprint.bytes)) stranger = file;
      else batch.push(file);
      bytes += Number(file.fingerprint.bytes);
    }
    if (batch.length > 0) {
      const looking = this.#look(batch).catch((cause: unknown) => {
        this.#failure ??= { cause };
      });
      this.#looking.add(looking);
      void looking.then(() => this.#looking.delete(looking));
    }
    return stranger;
  }

  async #look(batch: readonly FileToRead[]): Promise<void> {
    const { recognize, commit, reader } = this.#options;
    const paths = batch.map(({ directory, name }) => joinBytePath(directory, name));
    const photos = await reader.identify(paths).catch((error: unknown) => {
      if (!(error instanceof ProcessLost)) throw error;
      this.#isLost = true;
      return [];
    });
    for (const [index, file] of batch.entries()) {
      const photo = photos[index];
      if (photo === undefined || !recognize(file, photo)) this.#strangers.push(file);
    }
    await commit();
  }
}
