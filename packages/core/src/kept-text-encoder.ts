import { ClipTextEncoder } from "./clip/text-encoder.ts";
import type { EmbeddedText } from "./clip/text-tower.ts";
import type { Model } from "./models/open-model.ts";

/** The text tower of the model that was asked last, kept for the next text. */
export class KeptTextEncoder {
  readonly #inThisThread: boolean;
  #kept: { readonly fingerprint: string; readonly encoder: ClipTextEncoder } | undefined;
  /** Texts that the tower is at. */
  #encoding = 0;

  /** @param inThisThread - see {@link ClipTextEncoder.open} */
  constructor(inThisThread: boolean) {
    this.#inThisThread = inThisThread;
  }

  /** Begins to load the tower. What is wrong with it is told by the first encode(). */
  warmUp(model: Model): void {
    this.#kept ??= this.#opened(model);
  }

  /** Encodes a text. @throws ClipfindError MODEL_* */
  async encode(model: Model, text: string): Promise<EmbeddedText> {
    this.#encoding++;
    return await this.#encode(model, text).finally(() => this.#encoding--);
  }

  /** A tower in the calling thread is of no more use: the vectors that are searched next can have its memory. */
  async allEncoded(): Promise<void> {
    if (!this.#inThisThread || this.#encoding > 0) return;
    const encoder = this.#kept?.encoder;
    this.#kept = undefined;
    await encoder?.close();
  }

  /** Ends what was started. May be called any number of times. */
  async close(): Promise<void> {
    await this.#kept?.encoder.close();
  }

  async #encode(model: Model, text: string): Promise<EmbeddedText> {
    if (this.#kept?.fingerprint !== model.fingerprint) {
      await this.#kept?.encoder.close();
      this.#kept = this.#opened(model);
    }
    const { encoder } = this.#kept;
    try {
      return await encoder.encode(text);
    } catch (error) {
      // A model that could not be loaded may be in its place again by the next search.
      this.#kept = undefined;
      await encoder.close();
      throw error;
    }
  }

  #opened(model: Model): { readonly fingerprint: string; readonly encoder: ClipTextEncoder } {
    const options = { inThisThread: this.#inThisThread };
    return { fingerprint: model.fingerprint, encoder: ClipTextEncoder.open(model, options) };
  }
}
