import path from "node:path";
import type { Model } from "../models/open-model.ts";
import { textTowerFile } from "../models/tower-files.ts";
import { checkLength, embeddingOutput } from "./embedding-output.ts";
import { OnnxSession } from "./onnx-session.ts";
import { idInputs, tableInputs, type TextInputs } from "./text-inputs.ts";
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
  readonly #model: Model;
  readonly #session: OnnxSession;
  readonly #tokenizer: Tokenizer;
  readonly #inputs: TextInputs;
  readonly #output: string;

  /**
   * Loads the tokenizer and the graph: a compiled one, or one with an integer input [batch, sequence] of any name,
   * perhaps an attention mask, and one embedding output.
   *
   * @throws ClipfindError MODEL_INVALID when a file is broken or has other inputs, MODEL_MISMATCH when its context
   *   length or its vectors are not those of the manifest
   */
  static async open(model: Model): Promise<TextTower> {
    const { text, compiled } = model.manifest;
    const tokenizer = await openTokenizer(model);
    // A text is short: a slower run costs less than preparing the weights for fast ones.
    const session = await OnnxSession.open(path.join(model.directory, textTowerFile(model)), { once: true });
    try {
      const inputs = compiled === undefined ? idInputs(session, text) : tableInputs(model);
      return new TextTower(model, session, tokenizer, inputs);
    } catch (error) {
      await session.close();
      throw error;
    }
  }

  private constructor(model: Model, session: OnnxSession, tokenizer: Tokenizer, inputs: TextInputs) {
    this.#model = model;
    this.#session = session;
    this.#tokenizer = tokenizer;
    this.#inputs = inputs;
    this.#output = embeddingOutput(session, model.manifest.dims);
  }

  /**
   * Embeds one text. An empty one has a vector as well; whether it means anything is the caller's business.
   *
   * @throws ClipfindError MODEL_FAILED, MODEL_MISMATCH, CLOSED
   */
  async embedText(text: string): Promise<EmbeddedText> {
    const { ids, truncated } = this.#tokenizer.encode(text);
    const values = await this.#session.run(this.#inputs.of(ids), this.#output);
    checkLength(values, this.#model.manifest.dims, this.#session.path);
    return { vector: unitVector(values, this.#session.path), tokens: ids.length, truncated };
  }

  /** Frees the model; may be called any number of times. */
  async close(): Promise<void> {
    this.#inputs.close();
    await this.#session.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
