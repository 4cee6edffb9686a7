import { ClipfindError } from "../errors.ts";
import type { Model } from "../models/open-model.ts";
import type { OnnxSession, TensorForm, TensorValue } from "./onnx-session.ts";
import { TokenTable } from "./token-table.ts";

/** What a text tower is fed for the tokens of a text. */
export interface TextInputs {
  of(ids: readonly number[]): Readonly<Record<string, TensorValue>>;
  close(): void;
}

/**
 * The inputs of a compiled tower: the rows of its tokens. A causal tower takes no padding, which would change nothing;
 * another was trained with it.
 * @throws ClipfindError MODEL_NOT_FOUND, MODEL_INVALID
 */
export function tableInputs(model: Model, padding: number): TextInputs {
  const { text, compiled } = model.manifest;
  const table = TokenTable.open(model);
  return {
    of(ids) {
      const padded =
        compiled?.text.causal === true
          ? ids
          : [...ids, ...Array.from<number>({ length: text.contextLength - ids.length }).fill(padding)];
      const data = table.gather(padded);
      const shape = [1, padded.length, data.length / padded.length];
      return { embeddings: { type: "float32", data, shape } };
    },
    close: () => table.close(),
  };
}

/**
 * The inputs of a tower as exported: ids, and an attention mask where it has one.
 * @throws ClipfindError MODEL_INVALID for other inputs, MODEL_MISMATCH for too short a context
 */
export function idInputs(session: OnnxSession, contextLength: number): TextInputs {
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
      // Padding costs time and changes nothing, as the tower looks back only; so none where the model does without.
      const length = sequence ?? tokens.length;
      const inputs = { [ids.name]: integers(ids, tokens, length) };
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
