import type { BytePath } from "../byte-path.ts";
import type { Fingerprint } from "../fingerprint.ts";
import type { PhotoMetadata } from "../photo-metadata.ts";
import { WorkerProcess } from "../threads/worker-process.ts";
import { workerUrl } from "../threads/worker-url.ts";
import { defaultPhotoTimeout, type PhotoEncoderOptions, type PhotoIdentity } from "./photo-encoder.ts";

type PhotoReaderOptions = Pick<PhotoEncoderOptions, "nice" | "photoTimeout">;

/** What a file says of itself, and the fingerprint that belongs to it. */
export interface DescribedFile {
  readonly fingerprint: Fingerprint;
  readonly metadata: PhotoMetadata;
}

/** CPU time of a reader in milliseconds. */
export interface ReaderTimes {
  /** Starting the process. */
  readonly start: number;
  /** Reading, hashing, and what files say of themselves. */
  readonly hash: number;
}

/**
 * Reads and hashes many files at a time, in a process of its own that loads neither decoder nor model: what tells which
 * of them are known photos by other names. All that a file can do to it is to keep it waiting, on a drive that is gone.
 * The process is started by {@link warmUp} or the first use.
 */
export class PhotoReader implements AsyncDisposable {
  readonly #options: PhotoReaderOptions;
  #process: WorkerProcess | undefined;

  constructor(options: PhotoReaderOptions = {}) {
    this.#options = options;
  }

  /** Starts the process if there is none. */
  warmUp(): void {
    this.#started();
  }

  /**
   * Reads files; several calls go on side by side.
   * @returns for each what it contains, undefined where it could not be read as a whole
   * @throws ProcessLost, from then on always
   */
  identify(paths: readonly BytePath[]): Promise<(PhotoIdentity | undefined)[]> {
    const { photoTimeout = defaultPhotoTimeout } = this.#options;
    return this.#started().call("identify", paths, 5 * photoTimeout);
  }

  /**
   * Reads what photos, or sidecars, say of themselves.
   * @returns for each that, or why it could not be read
   * @throws ProcessLost, from then on always
   */
  describe(paths: readonly BytePath[]): Promise<(DescribedFile | string)[]> {
    const { photoTimeout = defaultPhotoTimeout } = this.#options;
    return this.#started().call("describe", paths, 5 * photoTimeout);
  }

  /** What was spent so far; nothing where the process was lost. */
  async times(): Promise<ReaderTimes> {
    const none = { start: 0, hash: 0 };
    const { photoTimeout = defaultPhotoTimeout } = this.#options;
    const times = this.#process?.call<ReaderTimes>("times", undefined, photoTimeout).catch(() => none);
    return (await times) ?? none;
  }

  /** Ends the process at once. */
  async close(): Promise<void> {
    await this.#process?.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #started(): WorkerProcess {
    const { nice } = this.#options;
    this.#process ??= WorkerProcess.start(workerUrl(import.meta.url, "reader-worker"), { nice });
    return this.#process;
  }
}
