import { closeSync, openSync, writeFileSync, writeSync } from "node:fs";
import { basename } from "node:path";
import { onnxAttribute, OnnxModel, onnxType } from "./onnx-schema.ts";

type ElementType = "float32" | "uint8" | "int8" | "int64";
type Data = Float32Array | Uint8Array | Int8Array | BigInt64Array;

/** The name of a tensor in the graph. */
export type Value = string;

/** The attributes of a node; a whole number becomes an int unless it is wrapped as `{ float }`. */
export type Attributes = Readonly<Record<string, number | string | readonly number[] | { readonly float: number }>>;

/** Operators of onnxruntime beside the standard ones. */
export const microsoft = "com.microsoft";

/** Smaller constants stay in the model file, where shapes are inferred from them. */
const leastExternalBytes = 1024;

/**
 * Writes an ONNX model node by node. Weights go straight to a file beside the model (ONNX's external data), so that
 * neither memory nor the 2 GiB of a protocol buffer bound their size.
 */
export class OnnxGraph implements Disposable {
  readonly #path: string;
  readonly #dataPath: string;
  readonly #file: number;
  #position = 0;
  #count = 0;
  readonly #nodes: object[] = [];
  readonly #initializers: object[] = [];
  readonly #inputs: object[] = [];
  readonly #outputs: object[] = [];

  /** @param path - of the model; its weights go to `path` + ".data" */
  constructor(path: string) {
    this.#path = path;
    this.#dataPath = `${path}.data`;
    this.#file = openSync(this.#dataPath, "w");
  }

  /** Declares an input; a string stands for an open dimension. */
  input(name: string, type: ElementType, shape: ReadonlyArray<number | string>): Value {
    this.#inputs.push(valueInfo(name, type, shape));
    return name;
  }

  output(value: Value, type: ElementType, shape: ReadonlyArray<number | string>): void {
    this.#outputs.push(valueInfo(value, type, shape));
  }

  /** A constant. */
  constant(data: Data, shape: readonly number[]): Value {
    const name = `c${this.#count++}`;
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    const about = { name, dims: [...shape], dataType: onnxType[typeOf(data)] };
    if (bytes.length < leastExternalBytes) {
      this.#initializers.push({ ...about, rawData: bytes.slice() });
      return name;
    }
    // Aligned as a vector load likes it.
    this.#position = Math.ceil(this.#position / 64) * 64;
    const entries = { location: basename(this.#dataPath), offset: this.#position, length: bytes.length };
    for (let done = 0; done < bytes.length;) {
      done += writeSync(this.#file, bytes, done, Math.min(bytes.length - done, 1 << 30), this.#position + done);
    }
    this.#position += bytes.length;
    const externalData = Object.entries(entries).map(([key, value]) => ({ key, value: String(value) }));
    this.#initializers.push({ ...about, dataLocation: 1, externalData });
    return name;
  }

  /** A constant list of whole numbers, as shapes and indices are. */
  integers(...values: readonly number[]): Value {
    return this.constant(BigInt64Array.from(values, BigInt), [values.length]);
  }

  /** A node with one output. An input that is left out is "". */
  node(opType: string, input: readonly Value[], attributes: Attributes = {}, domain = ""): Value {
    return this.nodes(opType, input, 1, attributes, domain)[0]!;
  }

  /** A node with several outputs. */
  nodes(
    opType: string,
    input: readonly Value[],
    outputs: number,
    attributes: Attributes = {},
    domain = "",
  ): readonly Value[] {
    const output = Array.from({ length: outputs }, () => `v${this.#count++}`);
    const attribute = Object.entries(attributes).map(([name, value]) => attributeOf(name, value));
    const name = `${opType}${this.#nodes.length}`;
    this.#nodes.push({ name, opType, input: [...input], output, attribute, domain });
    return output;
  }

  /** Writes the model. */
  write(): void {
    const graph = {
      name: "clipfind",
      node: this.#nodes,
      initializer: this.#initializers,
      input: this.#inputs,
      output: this.#outputs,
    };
    const opsetImport = [
      { domain: "", version: 20 },
      { domain: microsoft, version: 1 },
    ];
    const model = { irVersion: 9, producerName: "clipfind", graph, opsetImport };
    writeFileSync(this.#path, OnnxModel.encode(OnnxModel.fromObject(model)).finish());
  }

  [Symbol.dispose](): void {
    closeSync(this.#file);
  }
}

function typeOf(data: Data): ElementType {
  if (data instanceof Float32Array) return "float32";
  if (data instanceof BigInt64Array) return "int64";
  return data instanceof Int8Array ? "int8" : "uint8";
}

function valueInfo(name: string, type: ElementType, shape: ReadonlyArray<number | string>): object {
  const dim = shape.map((side) => (typeof side === "number" ? { dimValue: side } : { dimParam: side }));
  return { name, type: { tensorType: { elemType: onnxType[type], shape: { dim } } } };
}

function attributeOf(name: string, value: Attributes[string]): object {
  if (typeof value === "number") return { name, i: value, type: onnxAttribute.int };
  if (typeof value === "string") return { name, s: Buffer.from(value), type: onnxAttribute.string };
  if ("float" in value) return { name, f: value.float, type: onnxAttribute.float };
  return { name, ints: [...value], type: onnxAttribute.ints };
}
