import { ClipfindError } from "../errors.ts";
import type { Model } from "../models/open-model.ts";
import { workerUrl } from "../threads/worker-url.ts";
import { WorkerThread } from "../threads/worker-thread.ts";
import { type EmbeddedText, TextTower } from "./text-tower.ts";

/** What encodes: a thread, or a tower in the caller's. */
interface Encoding {
  encode(text: string): Promise<EmbeddedText>;
  close(): Promise<void>;
}

/**
 * A text tower in a thread of its own, so that loading and running it does not block the caller. It does not keep the
 * process alive between calls.
 */
export class ClipTextEncoder {
  readonly #encoding: Encoding;

  /**
   * Starts the thread and returns at once; the model loads meanwhile. What is wrong with the model is reported by each
   * encode().
   *
   * @param options.inThisThread - no thread: loading and running block the caller. A process that encodes one text has
   *   its vector the sooner by what starting a thread takes. The signal is of no use there.
   */
  static open(
    model: Model,
    { inThisThread = false, ...options }: { readonly signal?: AbortSignal; readonly inThisThread?: boolean } = {},
  ): ClipTextEncoder {
    if (inThisThread) return new ClipTextEncoder(encodingHere(model));
    const url = workerUrl(import.meta.url, "text-worker");
    const thread = WorkerThread.start(url, { name: "text encoder", data: model, ...options });
    return new ClipTextEncoder({ encode: (text) => thread.call("encode", text), close: () => thread.close() });
  }

  private constructor(encoding: Encoding) {
    this.#encoding = encoding;
  }

  /**
   * Embeds one text; calls are served in order.
   *
   * @throws ClipfindError MODEL_INVALID, MODEL_MISMATCH, MODEL_NOT_FOUND when the model cannot be loaded; MODEL_FAILED
   *   when it cannot be run; CLOSED after close(); ABORTED after the signal
   */
  encode(text: string): Promise<EmbeddedText> {
    return this.#encoding.encode(text);
  }

  /** Ends the thread and frees the model; may be called any number of times, never rejects. */
  close(): Promise<void> {
    return this.#encoding.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

function encodingHere(model: Model): Encoding {
  const opening = TextTower.open(model);
  // Reported by each encode().
  opening.catch(() => undefined);
  let isClosed = false;
  return {
    encode: async (text) => {
      const tower = await opening;
      if (isClosed) throw new ClipfindError("CLOSED", "The text encoder was closed.");
      return tower.embedText(text);
    },
    close: async () => {
      isClosed = true;
      await opening.then(
        (tower) => tower.close(),
        () => undefined,
      );
    },
  };
}
