import { closeSync, fsyncSync, openSync, writeSync } from "node:fs";
import { crc32 } from "node:zlib";
import type { Precision } from "../../precision.ts";
import { quantizeWeights } from "./quantize-weights.ts";
import { foldPixels, type PixelSettings } from "./fold-pixels.ts";
import type {
  Activation,
  Block,
  ClassTokenPool,
  ImageWeights,
  Linear,
  Norm,
  RobertaWeights,
  TextWeights,
  Transformer,
} from "./tower-weights.ts";

/** Read by crates/towers: `header.rs` and `panels.rs` say what the bytes mean. */
const format = 1;

/** Outputs in a panel, and bytes in a block. */
const [outputs, block] = [16, 64];

const activations: Readonly<Record<Activation, number>> = { gelu: 0, "quick-gelu": 1, "gelu-tanh": 2 };

/** Whether crates/towers can run a text tower: CLIP's, in which a token sees only those before it. */
export function hasOwnTextTower(weights: TextWeights | RobertaWeights): weights is TextWeights {
  return weights.kind === undefined && weights.causal && isUniform(weights.transformer);
}

/** An image tower that crates/towers can run. */
export type OwnImageWeights = ImageWeights & {
  readonly classToken: Float32Array;
  readonly preNorm: Norm;
  readonly pool: ClassTokenPool;
};

/** Whether crates/towers can run an image tower: CLIP's, which has a class token. */
export function hasOwnImageTower(weights: ImageWeights): weights is OwnImageWeights {
  const { classToken, preNorm, pool, transformer } = weights;
  return classToken !== undefined && preNorm !== undefined && pool.kind === "class-token" && isUniform(transformer);
}

function isUniform(transformer: Transformer): boolean {
  return blocksOf(transformer).every(({ fc1 }, _, [first]) => fc1.weight.columns === first!.fc1.weight.columns);
}

/**
 * Writes the weights of a text tower as clipfind's own runs them: a header, the layer normalisations, and the matrices
 * in the order of their use, in panels of sixteen outputs. The token table is a file of its own.
 */
export function writeTextWeights(path: string, weights: TextWeights, dims: number, precision: Precision): void {
  const { transformer, finalNorm, projection, contextLength } = weights;
  const tower = { kind: "clipTEXT", input: [contextLength], dims, precision, transformer } as const;
  writeTower(path, tower, { finalNorm, projection });
}

/**
 * Writes the weights of an image tower in the same way. Between the normalisations and the matrices are the positions,
 * which the class token is part of; the first matrix is that of the patches, for pixels as they are.
 */
export function writeImageWeights(
  path: string,
  weights: OwnImageWeights,
  pixels: PixelSettings,
  dims: number,
  precision: Precision,
): void {
  const { transformer, size, patch, classToken, preNorm, postNorm, pool } = weights;
  const { weight, bias } = foldPixels(weights, pixels);
  const matrix = { rows: 3 * patch * patch, columns: transformer.width, read: () => weight };
  const positions = Float32Array.from(weights.positions);
  for (let i = 0; i < classToken.length; i++) positions[i]! += classToken[i]!;
  writeTower(
    path,
    { kind: "clipVIEW", input: [size, patch], dims, precision, transformer },
    {
      beginning: { norm: preNorm, positions, patches: { weight: matrix, bias } },
      finalNorm: postNorm,
      projection: { weight: pool.projection },
    },
  );
}

/** What the header of a file says. */
interface Tower {
  readonly kind: "clipTEXT" | "clipVIEW";
  /** The context length, or the sides of a picture and of a patch. */
  readonly input: readonly number[];
  readonly dims: number;
  readonly precision: Precision;
  readonly transformer: Transformer;
}

/** What an image tower has before its blocks. */
interface Beginning {
  readonly norm: Norm;
  readonly positions: Float32Array;
  readonly patches: Linear;
}

/** What a tower has beside its blocks. */
interface Ends {
  readonly beginning?: Beginning;
  readonly finalNorm: Norm;
  readonly projection: Linear;
}

function writeTower(path: string, tower: Tower, { beginning, finalNorm, projection }: Ends): void {
  const { precision, transformer } = tower;
  const blocks = blocksOf(transformer);
  const panels = precision === "fp32" ? floatPanels : bytePanels;
  const file = openSync(path, "w");
  try {
    writeAll(file, headerOf(tower, blocks[0]!.fc1.weight.columns));
    const first = beginning === undefined ? [] : [beginning.norm];
    const norms = [...first, ...blocks.flatMap(({ norm1, norm2 }) => [norm1, norm2]), finalNorm];
    writeAll(file, filledUp(norms.flatMap(({ gain, shift }) => [gain, shift])));
    if (beginning !== undefined) {
      writeAll(file, filledUp([beginning.positions]));
      writeAll(file, panels(beginning.patches));
    }
    for (const { qkv, out, fc1, fc2 } of blocks) {
      for (const layer of [qkv, out, fc1, fc2]) writeAll(file, panels(layer));
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

function headerOf({ kind, input, dims, precision, transformer }: Tower, inner: number): Uint8Array {
  const { width, heads, layers, activation, epsilon } = transformer;
  const bytes = Buffer.alloc(block);
  bytes.write(kind, "latin1");
  const sizes = [width, heads, layers, inner, dims, activations[activation]];
  const fields = [format, precision === "fp32" ? 0 : 1, ...sizes];
  for (const [at, field] of fields.entries()) bytes.writeUInt32LE(field, 8 + 4 * at);
  bytes.writeFloatLE(epsilon, 40);
  for (const [at, field] of input.entries()) bytes.writeUInt32LE(field, 44 + 4 * at);
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
