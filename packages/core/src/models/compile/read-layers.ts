import { ClipfindError } from "../../errors.ts";
import type { Tensors } from "./tensors.ts";
import type { Linear, Matrix, Norm, Rows } from "./tower-weights.ts";

/**
 * A matrix stored as `x · M` takes it, [rows, columns].
 * @throws ClipfindError MODEL_INVALID when it has another shape
 */
export function matrixOf(tensors: Tensors, name: string, rows: number, columns: number): Rows {
  expectShape(tensors, name, [rows, columns]);
  const readRows = (first: number, count: number): Float32Array => tensors.read(name, { first, count });
  return { rows, columns, read: () => tensors.read(name), readRows };
}

/**
 * A matrix stored the way PyTorch's Linear has it, [columns, rows]: turned while it is read.
 * @throws ClipfindError MODEL_INVALID when it has another shape
 */
export function transposed(tensors: Tensors, name: string, rows: number, columns: number): Matrix {
  expectShape(tensors, name, [columns, rows]);
  return { rows, columns, read: () => transpose(tensors.read(name), columns, rows) };
}

/**
 * The layer `name` with its bias, if it has one.
 * @throws ClipfindError MODEL_INVALID when it is missing or has another shape
 */
export function linearOf(tensors: Tensors, name: string, rows: number, columns: number): Linear {
  const bias = `${name}.bias`;
  const weight = transposed(tensors, `${name}.weight`, rows, columns);
  return { weight, bias: tensors.has(bias) ? tensors.read(bias) : undefined };
}

/**
 * Query, key and value of a PyTorch MultiheadAttention, which keeps them in one matrix.
 * @throws ClipfindError MODEL_INVALID when it is missing or has another shape
 */
export function inProjectionOf(tensors: Tensors, name: string, width: number): Linear {
  const weight = transposed(tensors, `${name}.in_proj_weight`, width, 3 * width);
  return { weight, bias: tensors.read(`${name}.in_proj_bias`) };
}

/** Layers of one input side by side, as one. */
export function concatenated(parts: readonly Linear[]): Linear {
  const { rows } = parts[0]!.weight;
  const columns = parts.reduce((sum, { weight }) => sum + weight.columns, 0);
  const read = (): Float32Array => {
    const all = new Float32Array(rows * columns);
    let start = 0;
    for (const { weight } of parts) {
      const values = weight.read();
      for (let row = 0; row < rows; row++) {
        all.set(values.subarray(row * weight.columns, (row + 1) * weight.columns), row * columns + start);
      }
      start += weight.columns;
    }
    return all;
  };
  const bias = new Float32Array(columns);
  let start = 0;
  for (const part of parts) {
    if (part.bias !== undefined) bias.set(part.bias, start);
    start += part.weight.columns;
  }
  return { weight: { rows, columns, read }, bias };
}

/** The layer normalisation `name`. */
export function normOf(tensors: Tensors, name: string): Norm {
  return { gain: tensors.read(`${name}.weight`), shift: tensors.read(`${name}.bias`) };
}

/** [rows, columns] → [columns, rows], in squares that stay in the cache. */
export function transpose(values: Float32Array, rows: number, columns: number): Float32Array {
  const turned = new Float32Array(values.length);
  const side = 32;
  for (let row = 0; row < rows; row += side) {
    for (let column = 0; column < columns; column += side) {
      const [lastRow, lastColumn] = [Math.min(row + side, rows), Math.min(column + side, columns)];
      for (let r = row; r < lastRow; r++) {
        for (let c = column; c < lastColumn; c++) turned[c * rows + r] = values[r * columns + c]!;
      }
    }
  }
  return turned;
}

function expectShape(tensors: Tensors, name: string, expected: readonly number[]): void {
  const found = tensors.shape(name);
  if (found.length === expected.length && found.every((side, at) => side === expected[at])) return;
  const message = `${tensors.source}: expected ${name} of shape [${expected.join(", ")}], found [${found.join(", ")}].`;
  throw new ClipfindError("MODEL_INVALID", message, {
    hint: "The weights and the configuration beside them do not fit.",
  });
}
