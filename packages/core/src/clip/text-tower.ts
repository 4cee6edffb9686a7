import path from "node:path";
import { ClipfindError } from "../errors.ts";
import type { Model } from "../models/open-model.ts";
import { checkLength, embeddingOutput } from "./embedding-output.ts";
import { OnnxSession, type TensorForm, type TensorValue } from "./onnx-session.ts";
import { loadTokenizer, type Tokenizer } from "./tokenizer.ts";
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
  readonly #ids: TensorForm;
  readonly #mask: TensorForm | undefined;
  readonly #output: string;

  /**
   * Loads `textual/tokenizer.json` and `textual/model.onnx`: an integer input [batch, sequence] of any name, perhaps an
   * attention mask, one embedding output.
   *
   * @throws ClipfindError MODEL_INVALID when a file is broken or has other inputs, MODEL_MISMATCH when its context
   *   length or its vectors are not those of the manifest
   */
  static async open(model: Model): Promise<TextTower> {
    const { contextLength } = model.manifest.text;
    const tokenizer = loadTokenizer(path.join(model.directory, "textual/tokenizer.json"), contextLength);
    const session = await OnnxSession.open(path.join(model.directory, "textual/model.onnx"));
    try {
      return new TextTower(model, session, tokenizer);
    } catch (error) {
      await session.close();
      throw error;
    }
  }

  private constructor(model: Model, session: OnnxSession, tokenizer: Tokenizer) {
    const { dims, text } = model.manifest;
    const [ids, ...others] = session.inputs.filter((input) => !isMask(input));
    const masks = session.inputs.filter(isMask);
    const isReadable = [ids, ...masks].every((input) => input?.type === "int64" || input?.type === "int32");
    if (ids === undefined || others.length > 0 || masks.length > 1 || !isReadable) {
      const found = session.inputs.map(({ name, type }) => `${name} ${type}`).join(", ");
      const message = `${session.path}: expected an int64 or int32 input and at most an attention mask, found ${found}.`;
      throw new ClipfindError("MODEL_INVALID", message, { hint: "Use an export of the text tower alone." });
    }
    const sequence = ids.shape[1];
    if (sequence !== undefined && sequence < text.contextLength) {
      const message = `${session.path}: expected room for ${text.contextLength} tokens, found ${sequence}.`;
      throw new ClipfindError("MODEL_MISMATCH", message, {
        hint: "Set text.contextLength in the manifest to the length the model was exported for.",
      });
    }
    this.#model = model;
    this.#session = session;
    this.#tokenizer = tokenizer;
    this.#ids = ids;
    this.#mask = masks[0];
    this.#output = embeddingOutput(session, dims);
  }

  /**
   * Embeds one text. An empty one has a vector as well; whether it means anything is the caller's business.
   *
   * @throws ClipfindError MODEL_FAILED, MODEL_MISMATCH, CLOSED
   */
  async embedText(text: string): Promise<EmbeddedText> {
    const { ids, truncated } = this.#tokenizer.encode(text);
    // Padding costs time and changes nothing, as the tower looks back only; so none where the model does without.
    const length = this.#ids.shape[1] ?? ids.length;
    const inputs = { [this.#ids.name]: integers(this.#ids, ids, length) };
    if (this.#mask !== undefined) {
      const ones = Array.from<number>({ length: ids.length }).fill(1);
      inputs[this.#mask.name] = integers(this.#mask, ones, length);
    }
    const values = await this.#session.run(inputs, this.#output);
    checkLength(values, this.#model.manifest.dims, this.#session.path);
    return { vector: unitVector(values, this.#session.path), tokens: ids.length, truncated };
  }

  /** Frees the model; may be called any number of times. */
  close(): Promise<void> {
    return this.#session.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

function isMask({ name }: TensorForm): boolean {
  return /mask/i.test(name);
}

/** A tensor [1, length] of the input's integer type, the rest filled with 0. */
function integers({ type }: TensorForm, values: readonly number[], length: number): TensorValue {
  const shape = [1, length];
  if (type === "int32") {
    const data = new Int32Array(length);
    data.set(values);
    return { type: "int32", data, shape };
  }
  const data = new BigInt64Array(length);
  data.set(values.map(BigInt));
  return { type: "int64", data, shape };
}
