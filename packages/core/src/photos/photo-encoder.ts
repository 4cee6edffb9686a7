import type { BytePath } from "../byte-path.ts";
import type { PictureLimits } from "../clip/picture-limits.ts";
import type { Device } from "../device.ts";
import { ClipfindError } from "../errors.ts";
import type { Fingerprint } from "../fingerprint.ts";
import type { Model } from "../models/open-model.ts";
import type { PhotoMetadata } from "../photo-metadata.ts";
import { ProcessLost, WorkerProcess } from "../threads/worker-process.ts";
import { workerUrl } from "../threads/worker-url.ts";
import type { EncoderTimes } from "./stage-times.ts";

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
  /** What its bytes say of it. */
  readonly metadata: PhotoMetadata;
}

export interface PhotoEncoderOptions extends PictureLimits {
  /** What the image tower runs on; the CPU unless given. */
  readonly device?: Device | undefined;
  /** Milliseconds for decoding and encoding one photo; a minute unless given. Reading it may take five times as long. */
  readonly photoTimeout?: number | undefined;
  /** Memory (resident, bytes) at which the process is ended. */
  readonly maximumRss?: number | undefined;
  /** Scheduling priority, -20 (first) to 19 (last). */
  readonly nice?: number | undefined;
}

/** Generous: a machine that is busy, asleep or swapping must not cost a photo. */
export const defaultPhotoTimeout = 60_000;

/** Loading a model may take long from a slow drive; it never takes this. */
const openTimeout = 600_000;

/**
 * Reads, hashes, decodes and encodes photos in a process of its own: one single-threaded session. Whatever a photo does
 * to the decoder, it does it there. A caller that has two photos in hand gives each its lane (0 or 1): one is read and
 * decoded while the model runs for the other.
 */
export class PhotoEncoder implements AsyncDisposable {
  readonly #process: WorkerProcess;
  readonly #timeout: number;
  readonly #device: Device;

  static start(model: Model, options: PhotoEncoderOptions = {}): PhotoEncoder {
    return new PhotoEncoder(model, options);
  }

  private constructor(model: Model, options: PhotoEncoderOptions) {
    const {
      photoTimeout = defaultPhotoTimeout,
      device = "cpu",
      maxMegapixels,
      maxDecoderMemory,
      svg,
      ...processOptions
    } = options;
    this.#timeout = photoTimeout;
    this.#device = device;
    const data = { model, device, limits: { maxMegapixels, maxDecoderMemory, svg } };
    this.#process = WorkerProcess.start(workerUrl(import.meta.url, "photo-worker"), { data, ...processOptions });
  }

  /** Resident memory of the process as last reported, in bytes. */
  get rss(): number {
    return this.#process.rss;
  }

  /** True when the process is gone. */
  get isLost(): boolean {
    return this.#process.isEnded;
  }

  /**
   * Loads the image tower now, not with the first photo.
   * @throws ClipfindError MODEL_*, MODEL_FAILED also when the process did not survive it; on another device than the CPU
   *   DEVICE_UNAVAILABLE for both
   */
  async open(): Promise<void> {
    try {
      await this.#process.call("open", undefined, openTimeout);
    } catch (cause) {
      if (!(cause instanceof ProcessLost)) throw cause;
      const code = this.#device === "cpu" ? "MODEL_FAILED" : "DEVICE_UNAVAILABLE";
      const where = this.#device === "cpu" ? "" : ` on ${this.#device}`;
      throw new ClipfindError(code, `The photo encoder, loading the model${where}, ${cause.message}.`, {
        cause,
        hint: "Run again; if it happens again, the model may need more memory: try --workers 1, or a smaller model.",
      });
    }
  }

  /** Reads and hashes a file. @throws ClipfindError IMAGE_UNREADABLE; ProcessLost */
  read(path: BytePath, lane = 0): Promise<PhotoIdentity> {
    return this.#process.call("read", { lane, path }, 5 * this.#timeout);
  }

  /** Decodes and encodes the photo read last in this lane. @throws ClipfindError IMAGE_UNREADABLE, MODEL_*; ProcessLost */
  encode(lane = 0): Promise<EncodedPhoto> {
    return this.#process.call("encode", lane, this.#timeout);
  }

  /** CPU time spent so far. @throws ProcessLost */
  times(): Promise<EncoderTimes> {
    return this.#process.call("times", undefined, this.#timeout);
  }

  /** Ends the process at once. */
  close(): Promise<void> {
    return this.#process.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/** What a lost process means for the photo that it had in hand alone. Other errors come back unchanged. */
export function photoError(error: unknown): unknown {
  if (!(error instanceof ProcessLost)) return error;
  const subject = error.message.startsWith("crashed") ? "the decoder " : "";
  return new ClipfindError("IMAGE_UNREADABLE", `${subject}${error.message}`, { cause: error });
}
