import { closeSync, fsyncSync, openSync, writeSync } from "node:fs";
import { crc32 } from "node:zlib";
import type { Precision } from "../../precision.ts";
import { quantizeWeights } from "./quantize-weights.ts";
import type { Activation, Block, Linear, Norm, RobertaWeights, TextWeights, Transformer } from "./tower-weights.ts";

/** Read by crates/text-tower: `header.rs` and `panels.rs` say what the bytes mean. */
const format = 1;

/** Outputs in a panel, and bytes in a block. */
const [outputs, block] = [16, 64];

const activations: Readonly<Record<Activation, number>> = { gelu: 0, "quick-gelu": 1, "gelu-tanh": 2 };

/** Whether crates/text-tower can run a text tower: CLIP's, in which a token sees only those before it. */
export function hasOwnTower(weights: TextWeights | RobertaWeights): weights is TextWeights {
  return (
    weights.kind === undefined &&
    weights.causal &&
    blocksOf(weights.transformer).every(({ fc1 }, _, [first]) => fc1.weight.columns === first!.fc1.weight.columns)
  );
}

/**
 * Writes the weights of a text tower as clipfind's own runs them: a header, the layer normalisations, and the matrices
 * in the order of their use, in panels of sixteen outputs. The token table is a file of its own.
 */
export function writeTextWeights(path: string, weights: TextWeights, dims: number, precision: Precision): void {
  const { transformer, finalNorm, projection } = weights;
  const { width, heads, layers, activation, epsilon } = transformer;
  const blocks = blocksOf(transformer);
  const inner = blocks[0]!.fc1.weight.columns;

  const file = openSync(path, "w");
  try {
    const counts = [width, heads, layers, inner, dims, activations[activation]];
    writeAll(file, headerOf([format, precision === "fp32" ? 0 : 1, ...counts], epsilon, weights.contextLength));
    const norms = [...blocks.flatMap(({ norm1, norm2 }) => [norm1, norm2]), finalNorm];
    writeAll(file, filledUp(norms.flatMap(({ gain, shift }: Norm) => [gain, shift])));
    for (const { qkv, out, fc1, fc2 } of blocks) {
      for (const layer of [qkv, out, fc1, fc2]) {
        writeAll(file, precision === "fp32" ? floatPanels(layer) : bytePanels(layer));
      }
    }
    // As in the graphs: small, and the last that happens to a vector.
    writeAll(file, floatPanels(projection));
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

function blocksOf(transformer: Transformer): Block[] {
  return Array.from({ length: transformer.layers }, (_, index) => transformer.block(index));
}

function headerOf(fields: readonly number[], epsilon: number, contextLength: number): Uint8Array {
  const bytes = Buffer.alloc(block);
  bytes.write("clipTEXT", "latin1");
  for (const [at, field] of fields.entries()) bytes.writeUInt32LE(field, 8 + 4 * at);
  bytes.writeFloatLE(epsilon, 40);
  bytes.writeUInt32LE(contextLength, 44);
  bytes.writeUInt32LE(crc32(bytes.subarray(0, 60)), 60);
  return bytes;
}

/** A panel: the biases, then for each input the weights of its outputs. */
function floatPanels({ weight, bias }: Linear): Uint8Array {
  const { rows, columns } = weight;
  const values = weight.read();
  const panels = Math.ceil(columns / outputs);
  const all = new Float32Array(panels * (1 + rows) * outputs);
  for (let column = 0; column < columns; column++) {
    const start = Math.floor(column / outputs) * (1 + rows) * outputs + (column % outputs);
    all[start] = bias?.[column] ?? 0;
    for (let row = 0; row < rows; row++) all[start + (1 + row) * outputs] = values[row * columns + column]!;
  }
  return bytesOf(all);
}

/** A panel: biases, scales and sums of the codes as floats, then for each four inputs the codes of each output. */
function bytePanels({ weight, bias }: Linear): Uint8Array {
  const { rows, columns } = weight;
  const { codes, scales } = quantizeWeights(weight.read(), columns);
  const size = 3 + Math.ceil(rows / 4);
  const panels = Math.ceil(columns / outputs);
  const all = new Int8Array(panels * size * block);
  const floats = new Float32Array(all.buffer);
  for (let column = 0; column < columns; column++) {
    const panel = Math.floor(column / outputs) * size;
    const output = column % outputs;
    let sum = 0;
    for (let row = 0; row < rows; row++) {
      const code = codes[row * columns + column]!;
      sum += code;
      all[(panel + 3 + (row >> 2)) * block + output * 4 + (row & 3)] = code;
    }
    const start = panel * outputs + output;
    floats[start] = bias?.[column] ?? 0;
    floats[start + outputs] = scales[column]!;
    floats[start + 2 * outputs] = sum;
  }
  return bytesOf(all);
}

/** Vectors one after the other, and zeros to the end of the last block. */
function filledUp(vectors: readonly Float32Array[]): Uint8Array {
  const count = vectors.reduce((sum, { length }) => sum + length, 0);
  const all = new Float32Array(Math.ceil(count / outputs) * outputs);
  let start = 0;
  for (const vector of vectors) {
    all.set(vector, start);
    start += vector.length;
  }
  return bytesOf(all);
}

function bytesOf({ buffer, byteOffset, byteLength }: Float32Array | Int8Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

function writeAll(file: number, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length;) done += writeSync(file, bytes, done);
}
