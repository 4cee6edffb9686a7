import type { Precision } from "../../precision.ts";
import { layersOf } from "./layers.ts";
import { microsoft, OnnxGraph, type Value } from "./onnx-graph.ts";
import { foldPixels, type PixelSettings } from "./fold-pixels.ts";
import { quantizeWeights } from "./quantize-weights.ts";
import { addFeedForward, addNorm, addTransformer } from "./transformer-graph.ts";
import type { AttentionPool, ImageWeights } from "./tower-weights.ts";

/**
 * Writes the graph of an image tower to `path`: "pixels" uint8 [1, size, size, 3] → "embedding" float32 [1, dims], not
 * of length 1.
 */
export function writeImageGraph(
  path: string,
  weights: ImageWeights,
  pixels: PixelSettings,
  dims: number,
  precision: Precision,
): void {
  using graph = new OnnxGraph(path);
  const layers = layersOf(graph, precision);
  const { transformer, size, pool } = weights;
  const { epsilon } = transformer;
  const input = graph.input("pixels", "uint8", [1, size, size, 3]);
  let x = addPatches(graph, input, weights, pixels, precision);
  if (weights.preNorm !== undefined) x = addNorm(graph, x, weights.preNorm, epsilon);
  const only = pool.kind === "class-token" ? 0 : undefined;
  x = addTransformer(graph, layers, x, transformer, { causal: false, only });
  x = addNorm(graph, x, weights.postNorm, epsilon);
  if (pool.kind === "class-token") {
    // A thousandth of the work, and the last step: not worth a rounding.
    x = layersOf(graph, "fp32").linear(x, { weight: pool.projection });
  } else {
    x = addAttentionPool(graph, x, pool, weights, precision);
  }
  graph.output(graph.node("Reshape", [x, graph.integers(1, dims)]), "float32", [1, dims]);
  graph.write();
}

/**
 * From pixels to tokens [1, tokens, width]. The picture is cut into patches as it is, in bytes; normalisation is part of
 * the weights (fold-pixels.ts), the bias part of the positions.
 */
function addPatches(
  graph: OnnxGraph,
  input: Value,
  weights: ImageWeights,
  settings: PixelSettings,
  precision: Precision,
): Value {
  const { size, patch, classToken, positions, transformer } = weights;
  const { width } = transformer;
  const side = Math.floor(size / patch);
  const [count, length] = [side * side, patch * patch * 3];
  // A size that no whole number of patches fills loses its right and bottom edge, as in a convolution.
  const seen = side * patch;
  const cut =
    seen === size
      ? input
      : graph.node("Slice", [input, graph.integers(0, 0), graph.integers(seen, seen), graph.integers(1, 2)]);
  const grid = graph.node("Reshape", [cut, graph.integers(side, patch, side, patch * 3)]);
  const turned = graph.node("Transpose", [grid], { perm: [0, 2, 1, 3] });
  const patches = graph.node("Reshape", [turned, graph.integers(count, length)]);

  const { weight, bias } = foldPixels(weights, settings);
  let tokens: Value;
  if (precision === "fp32") {
    const floats = graph.node("Cast", [patches], { to: 1 });
    tokens = graph.node("MatMul", [floats, graph.constant(weight, [length, width])]);
  } else {
    // The pixels are bytes already: only the weights are rounded.
    const { codes, scales } = quantizeWeights(weight, width);
    const one = graph.constant(Float32Array.of(1), [1]);
    const byteZero = graph.constant(Uint8Array.of(0), [1]);
    const parts = [patches, graph.constant(codes, [length, width]), one, graph.constant(scales, [width]), byteZero];
    tokens = graph.node("MatMulIntegerToFloat", parts, {}, microsoft);
  }

  const first = classToken === undefined ? 0 : 1;
  const shifts = positions.slice(first * width);
  for (let i = 0; i < shifts.length; i++) shifts[i]! += bias[i % width]!;
  const placed = graph.node("Add", [tokens, graph.constant(shifts, [count, width])]);
  const rows = graph.node("Reshape", [placed, graph.integers(1, count, width)]);
  if (classToken === undefined) return rows;
  const token = classToken.map((value, i) => value + positions[i]!);
  return graph.node("Concat", [graph.constant(token, [1, 1, width]), rows], { axis: 1 });
}

/** SigLIP's head: one query attends to all tokens, then a feed-forward layer around which its input is added. */
function addAttentionPool(
  graph: OnnxGraph,
  x: Value,
  pool: AttentionPool,
  { transformer }: ImageWeights,
  precision: Precision,
): Value {
  const { width, heads, epsilon, activation } = transformer;
  const exact = layersOf(graph, "fp32");
  const probe = graph.constant(pool.probe, [1, 1, width]);
  const { weight, bias } = pool.qkv;
  const values = weight.read();
  const part = (index: number) => ({
    weight: { rows: width, columns: width, read: () => columnsOf(values, 3 * width, index * width, width) },
    bias: bias?.slice(index * width, (index + 1) * width),
  });
  // One token asks, all answer: only the keys and values are worth the bytes.
  const layers = layersOf(graph, precision);
  const parts = [exact.linear(probe, part(0)), layers.linear(x, part(1)), layers.linear(x, part(2))];
  const attended = graph.node("MultiHeadAttention", parts, { num_heads: heads }, microsoft);
  const state = exact.linear(attended, pool.out);
  const inner = addNorm(graph, state, pool.norm, epsilon);
  return graph.node("Add", [state, addFeedForward(graph, exact, inner, pool, activation)]);
}

/** `count` columns of a row-major matrix, from `start`. */
function columnsOf(values: Float32Array, columns: number, start: number, count: number): Float32Array {
  const rows = values.length / columns;
  const part = new Float32Array(rows * count);
  for (let row = 0; row < rows; row++) {
    const from = row * columns + start;
    part.set(values.subarray(from, from + count), row * count);
  }
  return part;
}
