import { concatenated, linearOf, matrixOf, normOf } from "./read-layers.ts";
import { number, type Settings, unsupported } from "./settings.ts";
import type { Tensors } from "./tensors.ts";
import type { Linear, RobertaWeights } from "./tower-weights.ts";

/** The text towers of Hugging Face that can be inside an open_clip model, and what their weights do not say. */
const known: Readonly<Record<string, { readonly heads: number }>> = {
  "xlm-roberta-base": { heads: 12 },
  "FacebookAI/xlm-roberta-base": { heads: 12 },
  "xlm-roberta-large": { heads: 16 },
  "FacebookAI/xlm-roberta-large": { heads: 16 },
};

/** Of RoBERTa's positions the first is that of the token with this number; those before belong to the padding. */
const firstPosition = 2;

/**
 * The weights of a RoBERTa text tower inside an open_clip model (`HFTextEncoder` in its hf_model.py).
 *
 * @param text - `text_cfg` of open_clip_config.json
 * @throws ClipfindError MODEL_INVALID for weights that are missing or of another shape, and for other towers
 */
export function robertaWeights(tensors: Tensors, text: Settings, dims: number, source: string): RobertaWeights {
  const name = text["hf_model_name"];
  const form = typeof name === "string" && Object.hasOwn(known, name) ? known[name] : undefined;
  if (form === undefined) throw unsupported(source, `hf_model_name ${JSON.stringify(name)}`);
  const poolers: Readonly<Record<string, RobertaWeights["pool"]>> = {
    mean_pooler: "mean",
    cls_last_hidden_state_pooler: "first",
  };
  const pooler = text["hf_pooler_type"] ?? "mean_pooler";
  const pool = typeof pooler === "string" && Object.hasOwn(poolers, pooler) ? poolers[pooler] : undefined;
  if (pool === undefined) throw unsupported(source, `hf_pooler_type ${JSON.stringify(pooler)}`);

  const tower = "text.transformer";
  const table = `${tower}.embeddings.word_embeddings.weight`;
  const [vocabulary = 0, width = 0] = tensors.shape(table);
  const linear = (of: string, rows: number, columns: number) =>
    linearOf(tensors, `${tower}.encoder.${of}`, rows, columns);
  let layers = 0;
  while (tensors.has(`${tower}.encoder.layer.${layers}.output.dense.weight`)) layers++;
  const contextLength = number(text, "context_length", source, 77);
  return {
    kind: "roberta",
    transformer: {
      width,
      heads: form.heads,
      layers,
      activation: "gelu",
      epsilon: 1e-5,
      block(index) {
        const layer = `layer.${index}`;
        const inner = tensors.shape(`${tower}.encoder.${layer}.intermediate.dense.weight`)[0] ?? 0;
        const part = (which: string): Linear => linear(`${layer}.attention.self.${which}`, width, width);
        return {
          norm1: normOf(tensors, `${tower}.encoder.${layer}.attention.output.LayerNorm`),
          qkv: concatenated([part("query"), part("key"), part("value")]),
          out: linear(`${layer}.attention.output.dense`, width, width),
          norm2: normOf(tensors, `${tower}.encoder.${layer}.output.LayerNorm`),
          fc1: linear(`${layer}.intermediate.dense`, width, inner),
          fc2: linear(`${layer}.output.dense`, inner, width),
        };
      },
    },
    causal: false,
    contextLength,
    tokens: matrixOf(tensors, table, vocabulary, width),
    positions: positionsOf(tensors, `${tower}.embeddings`, contextLength, width),
    embeddingNorm: normOf(tensors, `${tower}.embeddings.LayerNorm`),
    pool,
    projection: projectionOf(tensors, width, dims, source),
  };
}

/** The rows of the positions that texts use; the token type, of which there is one, is added to each. */
function positionsOf(tensors: Tensors, embeddings: string, count: number, width: number): Float32Array {
  const all = tensors.read(`${embeddings}.position_embeddings.weight`);
  const positions = all.slice(firstPosition * width, (firstPosition + count) * width);
  const type = tensors.read(`${embeddings}.token_type_embeddings.weight`);
  for (let at = 0; at < positions.length; at++) positions[at]! += type[at % width]!;
  return positions;
}

/** `hf_proj_type`: two layers with GELU between them, one, or none. */
function projectionOf(tensors: Tensors, width: number, dims: number, source: string): readonly Linear[] {
  if (tensors.has("text.proj.weight")) return [linearOf(tensors, "text.proj", width, dims)];
  if (tensors.has("text.proj.0.weight")) {
    const inner = tensors.shape("text.proj.0.weight")[0] ?? 0;
    return [linearOf(tensors, "text.proj.0", width, inner), linearOf(tensors, "text.proj.2", inner, dims)];
  }
  if (width === dims) return [];
  throw unsupported(source, "a text tower without a projection");
}
