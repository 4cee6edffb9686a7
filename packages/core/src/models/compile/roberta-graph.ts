import type { Precision } from "../../precision.ts";
import { layersOf } from "./layers.ts";
import { OnnxGraph } from "./onnx-graph.ts";
import { addActivation, addFeedForward, addNorm } from "./transformer-graph.ts";
import type { RobertaWeights } from "./tower-weights.ts";

/**
 * Writes the graph of a RoBERTa text tower to `path`: "embeddings" float32 [1, tokens, width], as for a text tower of CLIP
 * (text-graph.ts) → "embedding" float32 [1, dims], not of length 1. Texts are as long as they are: the tower was trained
 * with padding that no token sees.
 */
export function writeRobertaGraph(path: string, weights: RobertaWeights, dims: number, precision: Precision): void {
  using graph = new OnnxGraph(path);
  const { transformer, embeddingNorm, pool, projection } = weights;
  const { width, heads, layers: count, activation, epsilon } = transformer;
  const layers = layersOf(graph, precision);
  const exact = layersOf(graph, "fp32");
  const input = graph.input("embeddings", "float32", [1, "tokens", width]);
  let state = addNorm(graph, input, embeddingNorm, epsilon);
  for (let index = 0; index < count; index++) {
    const block = transformer.block(index);
    const attended = layers.linear(layers.attention(state, block.qkv, heads, false), block.out);
    // The norm comes behind each half, not in front of it as in CLIP.
    state = addNorm(graph, graph.node("Add", [state, attended]), block.norm1, epsilon);
    const inner = addFeedForward(graph, layers, state, block, activation);
    state = addNorm(graph, graph.node("Add", [state, inner]), block.norm2, epsilon);
  }
  let vector =
    pool === "mean"
      ? graph.node("ReduceMean", [state, graph.integers(1)], { keepdims: 1 })
      : graph.node("Gather", [state, graph.integers(0)], { axis: 1 });
  for (const [at, layer] of projection.entries()) {
    if (at > 0) vector = addActivation(graph, vector, "gelu");
    vector = exact.linear(vector, layer);
  }
  graph.output(graph.node("Reshape", [vector, graph.integers(1, dims)]), "float32", [1, dims]);
  graph.write();
}
