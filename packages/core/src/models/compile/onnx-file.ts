import { readFileSync } from "node:fs";
import { ClipfindError } from "../../errors.ts";
import { floatsOf, type FloatType } from "./floats-of.ts";
import { OnnxModel, onnxType } from "./onnx-schema.ts";
import type { RowRange } from "./tensors.ts";

/** A node of a foreign graph. */
export interface OnnxNode {
  readonly opType: string;
  readonly input: readonly string[];
  readonly output: readonly string[];
}

/** A constant of floating-point numbers in a foreign graph. */
export interface OnnxConstant {
  readonly shape: readonly number[];
  /** Row-major; the rows of its first axis that are wanted, all unless given. */
  read(rows?: RowRange): Float32Array;
}

/** What is looked at of a foreign ONNX model. */
export interface OnnxFile {
  readonly nodes: readonly OnnxNode[];
  /** Initializers and Constant nodes, also by the names that Identity nodes give them. */
  readonly constants: ReadonlyMap<string, OnnxConstant>;
}

interface RawTensor {
  readonly name?: string;
  readonly dims?: readonly unknown[];
  readonly dataType?: number;
  readonly rawData?: Uint8Array;
  readonly floatData?: readonly number[];
}

interface RawNode {
  readonly opType: string;
  readonly input: readonly string[];
  readonly output: readonly string[];
  readonly attribute?: ReadonlyArray<{ readonly t?: RawTensor }>;
}

const types: Readonly<Record<number, FloatType>> = {
  [onnxType.float32]: "F32",
  [onnxType.float16]: "F16",
  [onnxType.bfloat16]: "BF16",
};

/**
 * Reads an ONNX model whose weights are in the file itself.
 * @throws ClipfindError MODEL_INVALID when it is none
 */
export function readOnnx(path: string): OnnxFile {
  let graph: { readonly node?: readonly RawNode[]; readonly initializer?: readonly RawTensor[] } | null;
  try {
    graph = (OnnxModel.decode(readFileSync(path)) as unknown as { graph: typeof graph }).graph;
  } catch (cause) {
    throw new ClipfindError("MODEL_INVALID", `${path}: expected an ONNX model.`, {
      hint: "Copy the file again.",
      cause,
    });
  }
  const nodes = graph?.node ?? [];
  const constants = new Map<string, OnnxConstant>();
  const add = (name: string | undefined, tensor: RawTensor): void => {
    const constant = constantOf(tensor);
    if (name !== undefined && constant !== undefined) constants.set(name, constant);
  };
  for (const tensor of graph?.initializer ?? []) add(tensor.name, tensor);
  for (const { opType, input, output, attribute } of nodes) {
    const tensor = opType === "Constant" ? attribute?.find(({ t }) => t !== undefined && t !== null)?.t : undefined;
    if (tensor !== undefined) add(output[0], tensor);
    // Equal weights are stored once.
    const same = opType === "Identity" ? constants.get(input[0] ?? "") : undefined;
    if (same !== undefined && output[0] !== undefined) constants.set(output[0], same);
  }
  return { nodes, constants };
}

/** Undefined for what holds no floating-point numbers in the file. */
function constantOf({ dims = [], dataType = 0, rawData, floatData = [] }: RawTensor): OnnxConstant | undefined {
  const type = types[dataType];
  if (type === undefined) return undefined;
  // Whole numbers of 64 bits come as objects.
  const shape = dims.map((side) => Number(String(side)));
  const count = shape.reduce((product, side) => product * side, 1);
  const size = type === "F32" ? 4 : 2;
  if (rawData !== undefined && rawData.length === count * size && count > 0) {
    const { buffer, byteOffset, byteLength } = rawData;
    // A copy: the reader may turn the memory into something else.
    return {
      shape,
      read(rows) {
        const rowBytes = byteLength / (shape[0] ?? 1);
        const start = byteOffset + (rows === undefined ? 0 : rows.first * rowBytes);
        const length = rows === undefined ? byteLength : rows.count * rowBytes;
        return floatsOf(type, Buffer.from(buffer.slice(start, start + length)));
      },
    };
  }
  if (type === "F32" && floatData.length === count && count > 0)
    return { shape, read: (rows) => rowsOf(Float32Array.from(floatData), shape, rows) };
  return undefined;
}

/** A part of the rows of a tensor that was read whole. */
export function rowsOf(values: Float32Array, shape: readonly number[], rows: RowRange | undefined): Float32Array {
  if (rows === undefined) return values;
  const width = values.length / (shape[0] ?? 1);
  return values.slice(rows.first * width, (rows.first + rows.count) * width);
}
