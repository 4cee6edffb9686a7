import type { Precision } from "../../precision.ts";
import { microsoft, type OnnxGraph, type Value } from "./onnx-graph.ts";
import { quantizeWeights } from "./quantize-weights.ts";
import type { Linear } from "./tower-weights.ts";

/** The layers of a transformer that have large weights; each precision has its own way. */
export interface Layers {
  /** x · W + b; `x` is [1, tokens, rows], the result [1, tokens, columns]. */
  linear(x: Value, layer: Linear): Value;
  /** Multi-head self-attention up to the heads' joined output, without the projection after it. [1, tokens, width] */
  attention(x: Value, qkv: Linear, heads: number, causal: boolean): Value;
}

export function layersOf(graph: OnnxGraph, precision: Precision): Layers {
  return precision === "fp32" ? fp32Layers(graph) : int8Layers(graph);
}

function fp32Layers(graph: OnnxGraph): Layers {
  return {
    linear(x, { weight, bias }) {
      const product = graph.node("MatMul", [x, graph.constant(weight.read(), [weight.rows, weight.columns])]);
      return bias === undefined ? product : graph.node("Add", [product, graph.constant(bias, [bias.length])]);
    },
    attention(x, { weight, bias }, heads, causal) {
      const input = [x, graph.constant(weight.read(), [weight.rows, weight.columns]), biasOf(graph, weight, bias)];
      return graph.node("Attention", input, { num_heads: heads, unidirectional: Number(causal) }, microsoft);
    },
  };
}

/**
 * Dynamic quantisation as in onnxruntime's quantiser: a layer's input becomes unsigned bytes with one scale and zero
 * point for the whole tensor, which holds one picture or text, so that a vector depends on nothing else.
 */
function int8Layers(graph: OnnxGraph): Layers {
  const quantized = (weight: Linear["weight"]) => {
    const { rows, columns } = weight;
    const { codes, scales } = quantizeWeights(weight.read(), columns);
    return { codes: graph.constant(codes, [rows, columns]), scales: graph.constant(scales, [columns]) };
  };
  return {
    linear(x, { weight, bias }) {
      const { codes, scales } = quantized(weight);
      const input = [x, codes, scales, ...(bias === undefined ? [] : ["", graph.constant(bias, [bias.length])])];
      return graph.node("DynamicQuantizeMatMul", input, {}, microsoft);
    },
    attention(x, { weight, bias }, heads, causal) {
      const { codes, scales } = quantized(weight);
      const [bytes, scale, zero] = graph.nodes("DynamicQuantizeLinear", [x], 3) as [Value, Value, Value];
      const noZero = graph.constant(new Int8Array(weight.columns), [weight.columns]);
      const input = [bytes, codes, biasOf(graph, weight, bias), scale, scales, "", zero, noZero];
      return graph.node("QAttention", input, { num_heads: heads, unidirectional: Number(causal) }, microsoft);
    },
  };
}

function biasOf(graph: OnnxGraph, { columns }: Linear["weight"], bias: Float32Array | undefined): Value {
  return graph.constant(bias ?? new Float32Array(columns), [columns]);
}
