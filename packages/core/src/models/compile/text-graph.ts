import type { Precision } from "../../precision.ts";
import { layersOf } from "./layers.ts";
import { OnnxGraph } from "./onnx-graph.ts";
import { addNorm, addTransformer } from "./transformer-graph.ts";
import type { TextWeights } from "./tower-weights.ts";

/**
 * Writes the graph of a text tower to `path`: "embeddings" float32 [1, tokens, width] → "embedding" float32 [1, dims],
 * not of length 1. The rows are those of the token table plus those of the positions; the table, which is up to two
 * thirds of a tower, stays outside, since a text needs a few rows of it.
 *
 * A causal tower takes the tokens up to the end token, whose vector is the text's; another takes all `contextLength`.
 */
export function writeTextGraph(path: string, weights: TextWeights, dims: number, precision: Precision): void {
  using graph = new OnnxGraph(path);
  const { transformer, causal, contextLength } = weights;
  const input = graph.input("embeddings", "float32", [1, causal ? "tokens" : contextLength, transformer.width]);
  const layers = layersOf(graph, precision);
  const last = addTransformer(graph, layers, input, transformer, { causal, only: -1 });
  const normed = addNorm(graph, last, weights.finalNorm, transformer.epsilon);
  const projected = layersOf(graph, "fp32").linear(normed, weights.projection);
  graph.output(graph.node("Reshape", [projected, graph.integers(1, dims)]), "float32", [1, dims]);
  graph.write();
}
