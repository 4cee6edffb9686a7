import type { Model } from "../models/open-model.ts";
import { openTextNetwork, type TextNetwork } from "./text-network.ts";
import { openTokenizer } from "./open-tokenizer.ts";
import type { Tokenizer } from "./tokenizer.ts";
import { unitVector } from "./unit-vector.ts";

/** The vector of a text, of length 1. */
export interface EmbeddedText {
  /** float32 [dims] */
  readonly vector: Float32Array;
  /** How many tokens were read, start and end included. */
  readonly tokens: number;
  /** Whether the text was longer than the model reads. */
  readonly truncated: boolean;
}

/** The half of a CLIP model that reads texts. Blocks its thread while it computes: see ClipTextEncoder. */
export class TextTower {
  readonly #tokenizer: Tokenizer;
  readonly #network: TextNetwork;

  /**
   * Loads the tokenizer and opens the network.
   *
   * @throws ClipfindError MODEL_INVALID when a file is broken or has other inputs, MODEL_MISMATCH when its context
   *   length or its vectors are not those of the manifest
   */
  static async open(model: Model): Promise<TextTower> {
    return new TextTower(await openTokenizer(model), await openTextNetwork(model));
  }

  private constructor(tokenizer: Tokenizer, network: TextNetwork) {
    this.#tokenizer = tokenizer;
    this.#network = network;
  }

  /**
   * Embeds one text. An empty one has a vector as well; whether it means anything is the caller's business.
   *
   * @throws ClipfindError MODEL_FAILED, MODEL_MISMATCH, MODEL_INVALID, CLOSED
   */
  async embedText(text: string): Promise<EmbeddedText> {
    const { ids, truncated } = this.#tokenizer.encode(text);
    const values = await this.#network.run(ids);
    return { vector: unitVector(values, this.#network.path), tokens: ids.length, truncated };
  }

  /** Frees the model; may be called any number of times. */
  close(): Promise<void> {
    return this.#network.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
