import type { Layers } from "./layers.ts";
import { microsoft, type OnnxGraph, type Value } from "./onnx-graph.ts";
import type { Activation, Linear, Norm, Transformer } from "./tower-weights.ts";

/** What is added to a transformer's blocks of one graph. */
export interface TransformerOptions {
  readonly causal: boolean;
  /**
   * The only token whose result is wanted: the index of the class token or −1 for the last; all if undefined. After the
   * last attention the others are dropped, which spares most of the last block and changes nothing.
   */
  readonly only?: 0 | -1 | undefined;
}

/** Adds the blocks of a transformer. `x` is [1, tokens, width]; so is the result, or [1, 1, width] with `only`. */
export function addTransformer(
  graph: OnnxGraph,
  layers: Layers,
  x: Value,
  transformer: Transformer,
  { causal, only }: TransformerOptions,
): Value {
  const { heads, activation, epsilon } = transformer;
  let state = x;
  for (let index = 0; index < transformer.layers; index++) {
    const block = transformer.block(index);
    const isLast = index === transformer.layers - 1;
    const normed = addNorm(graph, state, block.norm1, epsilon);
    let attended = layers.attention(normed, block.qkv, heads, causal);
    if (isLast && only !== undefined) {
      attended = pickToken(graph, attended, only);
      state = pickToken(graph, state, only);
    }
    state = graph.node("Add", [state, layers.linear(attended, block.out)]);
    const inner = addNorm(graph, state, block.norm2, epsilon);
    state = graph.node("Add", [state, addFeedForward(graph, layers, inner, block, activation)]);
  }
  return state;
}

/** Adds fc2(activation(fc1(x))). */
export function addFeedForward(
  graph: OnnxGraph,
  layers: Layers,
  x: Value,
  { fc1, fc2 }: { readonly fc1: Linear; readonly fc2: Linear },
  activation: Activation,
): Value {
  return layers.linear(addActivation(graph, layers.linear(x, fc1), activation), fc2);
}

/** Adds a layer normalisation over the last axis (Ba et al. 2016). */
export function addNorm(graph: OnnxGraph, x: Value, { gain, shift }: Norm, epsilon: number): Value {
  const input = [x, graph.constant(gain, [gain.length]), graph.constant(shift, [shift.length])];
  return graph.node("LayerNormalization", input, { axis: -1, epsilon: { float: epsilon } });
}

/** [1, tokens, width] → [1, 1, width] */
function pickToken(graph: OnnxGraph, x: Value, token: 0 | -1): Value {
  return graph.node("Gather", [x, graph.integers(token)], { axis: 1 });
}

/** Adds an activation. */
export function addActivation(graph: OnnxGraph, x: Value, activation: Activation): Value {
  if (activation === "quick-gelu") return graph.node("QuickGelu", [x], { alpha: { float: 1.702 } }, microsoft);
  if (activation === "gelu") return graph.node("Gelu", [x], {}, microsoft);
  return graph.node("Gelu", [x], { approximate: "tanh" });
}
