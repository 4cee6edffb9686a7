import { ProcessLost } from "../threads/worker-process.ts";
import type { PhotoEncoder } from "./photo-encoder.ts";
import { addTimes, type EncoderTimes, noTimes } from "./stage-times.ts";

/** A process that does not survive loading the model gets another chance: it may have been killed by accident. */
const attempts = 2;
/** Bytes by which an encoder may grow in any case. */
const leastGrowth = 75e6;

/**
 * Has an encoder at hand: a lost one is replaced, and one that has grown is, once it has nothing in hand. The first is
 * started by {@link warmUp} or the first use.
 */
export class EncoderSlot implements AsyncDisposable {
  readonly #start: () => PhotoEncoder;
  readonly #share: number;
  #current: Promise<PhotoEncoder> | undefined;
  #inHand = 0;
  /** Resident bytes at which the encoder at hand is replaced. */
  #grown = 0;
  /** Set while an encoder that has grown finishes what it has in hand. */
  #retirement: PromiseWithResolvers<void> | undefined;
  #times = noTimes;

  /** @param share - resident bytes at which an encoder is replaced */
  constructor(start: () => PhotoEncoder, share: number) {
    this.#start = start;
    this.#share = share;
  }

  /** Starts an encoder if there is none. What is wrong with it is told by the next use. */
  warmUp(): void {
    this.#open().catch(() => undefined);
  }

  /**
   * Does `work` with the encoder.
   * @throws ClipfindError MODEL_* when none can be opened; whatever `work` throws
   */
  async use<T>(work: (encoder: PhotoEncoder) => Promise<T>): Promise<T> {
    while (this.#retirement !== undefined) await this.#retirement.promise;
    this.#inHand++;
    const current = this.#open();
    let encoder: PhotoEncoder | undefined;
    try {
      encoder = await current;
      return await work(encoder);
    } finally {
      this.#inHand--;
      if (encoder?.isLost === true && this.#current === current) this.#current = undefined;
      if (encoder !== undefined && !encoder.isLost && encoder.rss > this.#grown) {
        this.#retirement ??= Promise.withResolvers();
      }
      if (this.#retirement !== undefined && this.#inHand === 0) await this.#retire();
    }
  }

  /** Ends the encoder; resolves to what all of this slot have spent, but for those that were lost. */
  async close(): Promise<EncoderTimes> {
    const encoder = await this.#current?.catch(() => undefined);
    this.#current = undefined;
    if (encoder !== undefined) {
      await encoder.times().then(
        (times) => (this.#times = addTimes(this.#times, times)),
        () => undefined,
      );
      await encoder.close();
    }
    return this.#times;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #open(): Promise<PhotoEncoder> {
    this.#current ??= this.#opened();
    return this.#current;
  }

  async #opened(): Promise<PhotoEncoder> {
    for (let attempt = 1; ; attempt++) {
      const encoder = this.#start();
      try {
        await encoder.open();
        // What it has from the start, the next one would have too.
        this.#grown = Math.max(this.#share, encoder.rss + leastGrowth);
        return encoder;
      } catch (error) {
        await encoder.close();
        if (attempt === attempts || !(error instanceof Error) || !(error.cause instanceof ProcessLost)) throw error;
      }
    }
  }

  async #retire(): Promise<void> {
    const retirement = this.#retirement;
    await this.close();
    this.#retirement = undefined;
    retirement?.resolve();
  }
}
