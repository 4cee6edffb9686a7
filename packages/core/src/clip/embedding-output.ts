import { ClipfindError } from "../errors.ts";
import type { OnnxSession } from "./onnx-session.ts";

/**
 * Name of the output that is the embedding: the first of shape [batch, dims]. Hugging Face exports put out other
 * tensors beside it.
 *
 * @param dims - length of the vectors as the manifest states it
 * @throws ClipfindError MODEL_MISMATCH when the model declares another length, MODEL_INVALID when it has no such output
 */
export function embeddingOutput({ outputs, path }: OnnxSession, dims: number): string {
  const output = outputs.find(({ type, shape }) => type === "float32" && (shape.length === 2 || shape.length === 0));
  if (output === undefined) {
    const found = outputs.map(({ name, type, shape }) => `${name} ${type} [${shape.map((n) => n ?? "?").join(", ")}]`);
    throw new ClipfindError(
      "MODEL_INVALID",
      `${path}: expected an output float32 [batch, ${dims}], found ${found.join(", ")}.`,
      {
        hint: "Use an export that ends with the projection into the common space.",
      },
    );
  }
  const declared = output.shape[1];
  if (declared !== undefined && declared !== dims) throw wrongLength(path, dims, declared);
  return output.name;
}

/** Checks the length of the vectors that a model puts out. @throws ClipfindError MODEL_MISMATCH */
export function checkLength(length: number, dims: number, path: string): void {
  if (length !== dims) throw wrongLength(path, dims, length);
}

function wrongLength(path: string, expected: number, found: number): ClipfindError {
  return new ClipfindError("MODEL_MISMATCH", `${path}: expected vectors of ${expected} numbers, found ${found}.`, {
    hint: "Both towers and the manifest's dims must belong to one model; write the manifest anew if dims is wrong.",
  });
}
