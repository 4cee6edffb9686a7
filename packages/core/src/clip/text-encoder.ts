import type { Model } from "../models/open-model.ts";
import { workerUrl } from "../threads/worker-url.ts";
import { WorkerThread } from "../threads/worker-thread.ts";
import type { EmbeddedText } from "./text-tower.ts";

/**
 * A text tower in a thread of its own, so that loading and running it does not block the caller. It does not keep the
 * process alive between calls.
 */
export class ClipTextEncoder {
  readonly #thread: WorkerThread;

  /**
   * Starts the thread and returns at once; the model loads meanwhile. What is wrong with the model is reported by each
   * encode().
   */
  static open(model: Model, options: { readonly signal?: AbortSignal } = {}): ClipTextEncoder {
    const url = workerUrl(import.meta.url, "text-worker");
    return new ClipTextEncoder(WorkerThread.start(url, { name: "text encoder", data: model, ...options }));
  }

  private constructor(thread: WorkerThread) {
    this.#thread = thread;
  }

  /**
   * Embeds one text; calls are served in order.
   *
   * @throws ClipfindError MODEL_INVALID, MODEL_MISMATCH, MODEL_NOT_FOUND when the model cannot be loaded; MODEL_FAILED
   *   when it cannot be run; CLOSED after close(); ABORTED after the signal
   */
  encode(text: string): Promise<EmbeddedText> {
    return this.#thread.call("encode", text);
  }

  /** Ends the thread and frees the model; may be called any number of times, never rejects. */
  close(): Promise<void> {
    return this.#thread.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
