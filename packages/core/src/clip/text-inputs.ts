import { ClipfindError } from "../errors.ts";
import type { TextSettings } from "../models/model-manifest.ts";
import type { Model } from "../models/open-model.ts";
import type { OnnxSession, TensorForm, TensorValue } from "./onnx-session.ts";
import { TokenTable } from "./token-table.ts";

/** What a text tower is fed for the tokens of a text. */
export interface TextInputs {
  of(ids: readonly number[]): Readonly<Record<string, TensorValue>>;
  close(): void;
}

/**
 * The inputs of a compiled tower: the rows of its tokens, filled up where the manifest says with what.
 * @throws ClipfindError MODEL_NOT_FOUND, MODEL_INVALID
 */
export function tableInputs(model: Model): TextInputs {
  const { text } = model.manifest;
  const table = TokenTable.open(model);
  return {
    of(ids) {
      const padded = paddedTo(ids, text);
      const data = table.gather(padded);
      const shape = [1, padded.length, data.length / padded.length];
      return { embeddings: { type: "float32", data, shape } };
    },
    close: () => table.close(),
  };
}

function paddedTo(ids: readonly number[], { contextLength, padding }: TextSettings): readonly number[] {
  if (padding === undefined) return ids;
  return [...ids, ...Array.from<number>({ length: contextLength - ids.length }).fill(padding)];
}

/**
 * The inputs of a tower as exported: ids, and an attention mask where it has one.
 * @throws ClipfindError MODEL_INVALID for other inputs, MODEL_MISMATCH for too short a context
 */
export function idInputs(session: OnnxSession, text: TextSettings): TextInputs {
  const { contextLength } = text;
  const [ids, ...others] = session.inputs.filter((input) => !isMask(input));
  const [mask, ...masks] = session.inputs.filter(isMask);
  const areIntegers = session.inputs.every(({ type }) => type === "int64" || type === "int32");
  if (ids === undefined || others.length > 0 || masks.length > 0 || !areIntegers) {
    const found = session.inputs.map(({ name, type }) => `${name} ${type}`).join(", ");
    const message = `${session.path}: expected an int64 or int32 input and at most an attention mask, found ${found}.`;
    throw new ClipfindError("MODEL_INVALID", message, { hint: "Use an export of the text tower alone." });
  }
  const sequence = ids.shape[1];
  if (sequence !== undefined && sequence < contextLength) {
    const message = `${session.path}: expected room for ${contextLength} tokens, found ${sequence}.`;
    throw new ClipfindError("MODEL_MISMATCH", message, {
      hint: "Set text.contextLength in the manifest to the length the model was exported for.",
    });
  }
  return {
    of(tokens) {
      const filled = paddedTo(tokens, text);
      // Of a tower that looks back only padding costs time and changes nothing; so none where the model does without.
      const length = sequence ?? filled.length;
      const inputs = { [ids.name]: integers(ids, filled, length, text.padding) };
      if (mask !== undefined) {
        const ones = Array.from<number>({ length: tokens.length }).fill(1);
        inputs[mask.name] = integers(mask, ones, length);
      }
      return inputs;
    },
    close: () => undefined,
  };
}

function isMask({ name }: TensorForm): boolean {
  return /mask/i.test(name);
}

/** A tensor [1, length] of the input's integer type, the rest filled with `padding`. */
function integers({ type }: TensorForm, values: readonly number[], length: number, padding = 0): TensorValue {
  const shape = [1, length];
  if (type === "int32") {
    const data = new Int32Array(length).fill(padding);
    data.set(values);
    return { type: "int32", data, shape };
  }
  const data = new BigInt64Array(length).fill(BigInt(padding));
  data.set(values.map(BigInt));
  return { type: "int64", data, shape };
}
