import type { BytePath } from "../byte-path.ts";
import { ClipfindError } from "../errors.ts";
import { WorkerProcess } from "../threads/worker-process.ts";
import { workerUrl } from "../threads/worker-url.ts";

/** How a thumbnail is to be. */
export interface ThumbnailSettings {
  /** Pixels that it may have at most; the sides keep their proportion, and nothing is enlarged. */
  readonly width: number;
  readonly height: number;
  /** "raw" are the pixels themselves: uint8 [height, width, 3], RGB; "palette" such of at most 256 colours, dithered. */
  readonly format: "jpeg" | "palette" | "png" | "raw";
}

/** A photo made small: upright, sRGB, 8 bits, transparent parts on white, the first frame of an animation. */
export interface Thumbnail {
  readonly bytes: Uint8Array;
  /** Size in pixels of the thumbnail. */
  readonly width: number;
  readonly height: number;
}

/** What the process is asked for. */
export interface ThumbnailTask extends ThumbnailSettings {
  readonly path: BytePath;
}

/** Milliseconds for one photo: people wait for it. */
const defaultPatience = 20_000;

/** What decoding one photo may take (picture-limits.ts), and what the process itself does. */
const maximumRss = 1.5 * 2 ** 30;

/** Makes thumbnails in a process of its own, one after the other. A lost process is replaced. */
export class ThumbnailProcess {
  #process: WorkerProcess | undefined;
  #last: Promise<unknown> = Promise.resolve();
  /** Thumbnails that were asked for and are not made yet. */
  waiting = 0;

  /** @throws ClipfindError IMAGE_UNREADABLE, ABORTED where its turn did not come before the signal; ProcessLost */
  async make(task: ThumbnailTask, signal?: AbortSignal, patience: number = defaultPatience): Promise<Thumbnail> {
    this.waiting++;
    const turn = this.#last.then(() => {
      if (signal?.aborted === true) throw new ClipfindError("ABORTED", "The thumbnail is not wanted any more.");
      return this.#started().call<Thumbnail>("thumbnail", task, patience);
    });
    this.#last = turn.catch(() => undefined).finally(() => this.waiting--);
    return turn;
  }

  #started(): WorkerProcess {
    if (this.#process === undefined || this.#process.isEnded) {
      this.#process = WorkerProcess.start(workerUrl(import.meta.url, "thumbnail-worker"), { maximumRss });
    }
    return this.#process;
  }
}
