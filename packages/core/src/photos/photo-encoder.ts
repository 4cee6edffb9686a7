import type { BytePath } from "../byte-path.ts";
import type { Fingerprint } from "../fingerprint.ts";
import type { Model } from "../models/open-model.ts";
import { WorkerThread } from "../threads/worker-thread.ts";
import { workerUrl } from "../threads/worker-url.ts";

/** What reading a photo tells before it is decoded. */
export interface PhotoIdentity {
  /** See content-hash.ts. */
  readonly hash: Uint8Array;
  readonly fingerprint: Fingerprint;
}

/** A photo's vector (float32, unit length) and what the decoder learnt on the way. */
export interface EncodedPhoto {
  readonly vector: Float32Array;
  /** Pixels as shown, EXIF orientation applied. */
  readonly width: number;
  readonly height: number;
  readonly format: string;
}

/** Reads, hashes, decodes and encodes photos one at a time in a thread of its own: one single-threaded session. */
export class PhotoEncoder implements AsyncDisposable {
  readonly #thread: WorkerThread;

  private constructor(thread: WorkerThread) {
    this.#thread = thread;
  }

  static start(model: Model, number: number): PhotoEncoder {
    const url = workerUrl(import.meta.url, "photo-worker");
    return new PhotoEncoder(WorkerThread.start(url, { name: `photo encoder ${number}`, data: model }));
  }

  /** Reads and hashes a file. @throws ClipfindError IMAGE_UNREADABLE */
  read(path: BytePath): Promise<PhotoIdentity> {
    return this.#thread.call("read", path);
  }

  /** Decodes and encodes the photo read last. @throws ClipfindError IMAGE_UNREADABLE, MODEL_* */
  encode(): Promise<EncodedPhoto> {
    return this.#thread.call("encode");
  }

  /** Loads the image tower now, not with the first photo. @throws ClipfindError MODEL_* */
  open(): Promise<void> {
    return this.#thread.call("open");
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#thread.close();
  }
}
