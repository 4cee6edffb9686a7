import { concatenated, inProjectionOf, linearOf, matrixOf, normOf } from "./read-layers.ts";
import { number, part, type Settings, unsupported } from "./settings.ts";
import type { Tensors } from "./tensors.ts";
import type { Activation, AttentionPool, ClipWeights, Linear, Transformer } from "./tower-weights.ts";

const activations: Readonly<Record<string, Activation>> = {
  quick_gelu: "quick-gelu",
  gelu: "gelu",
  gelu_pytorch_tanh: "gelu-tanh",
};

/**
 * The weights of a CLIP or SigLIP model by the names of Hugging Face's transformers (`CLIPModel`, `SiglipModel`).
 *
 * @param config - the content of config.json
 * @throws ClipfindError MODEL_INVALID for weights that are missing or of another shape, and for other kinds of models
 */
export function transformersWeights(tensors: Tensors, config: Settings, source: string): ClipWeights {
  const type = config["model_type"];
  if (type !== "clip" && type !== "siglip") throw unsupported(source, `model_type ${JSON.stringify(type)}`);
  const isClip = type === "clip";
  // What transformers takes where config.json does not say; it leaves out what equals its defaults.
  const vision = { ...(isClip ? clipVision : siglipVision), ...part(config, "vision_config") };
  const text = { ...(isClip ? clipText : siglipText), ...part(config, "text_config") };

  const image = transformerOf(tensors, "vision_model", vision, source);
  const { width } = image;
  const words = transformerOf(tensors, "text_model", text, source);
  const contextLength = number(text, "max_position_embeddings", source);
  const dims = isClip ? number(config, "projection_dim", source, 512) : width;
  const patch = "vision_model.embeddings.patch_embedding";
  const positions = (tower: string): Float32Array => tensors.read(`${tower}.embeddings.position_embedding.weight`);
  return {
    dims,
    image: {
      transformer: image,
      size: number(vision, "image_size", source),
      patch: number(vision, "patch_size", source),
      patchWeight: tensors.read(`${patch}.weight`),
      patchBias: tensors.has(`${patch}.bias`) ? tensors.read(`${patch}.bias`) : undefined,
      classToken: isClip ? tensors.read("vision_model.embeddings.class_embedding") : undefined,
      positions: positions("vision_model"),
      // transformers spells it so.
      preNorm: isClip ? normOf(tensors, "vision_model.pre_layrnorm") : undefined,
      postNorm: normOf(tensors, "vision_model.post_layernorm"),
      pool: isClip
        ? { kind: "class-token", projection: linearOf(tensors, "visual_projection", width, dims).weight }
        : attentionPool(tensors, width),
    },
    text: {
      transformer: words,
      causal: isClip,
      contextLength,
      tokens: matrixOf(
        tensors,
        "text_model.embeddings.token_embedding.weight",
        number(text, "vocab_size", source),
        words.width,
      ),
      positions: positions("text_model"),
      finalNorm: normOf(tensors, "text_model.final_layer_norm"),
      projection: linearOf(tensors, isClip ? "text_projection" : "text_model.head", words.width, dims),
    },
  };
}

const clipVision = {
  hidden_size: 768,
  num_hidden_layers: 12,
  num_attention_heads: 12,
  intermediate_size: 3072,
  image_size: 224,
  patch_size: 32,
  hidden_act: "quick_gelu",
  layer_norm_eps: 1e-5,
};

const clipText = {
  hidden_size: 512,
  num_hidden_layers: 12,
  num_attention_heads: 8,
  intermediate_size: 2048,
  max_position_embeddings: 77,
  vocab_size: 49_408,
  hidden_act: "quick_gelu",
  layer_norm_eps: 1e-5,
};

const siglipVision = {
  ...clipVision,
  patch_size: 16,
  hidden_act: "gelu_pytorch_tanh",
  layer_norm_eps: 1e-6,
};

const siglipText = {
  hidden_size: 768,
  num_hidden_layers: 12,
  num_attention_heads: 12,
  intermediate_size: 3072,
  max_position_embeddings: 64,
  vocab_size: 32_000,
  hidden_act: "gelu_pytorch_tanh",
  layer_norm_eps: 1e-6,
};

function transformerOf(tensors: Tensors, tower: string, settings: Settings, source: string): Transformer {
  const width = number(settings, "hidden_size", source);
  const inner = number(settings, "intermediate_size", source);
  const activation = activations[String(settings["hidden_act"])];
  if (activation === undefined) throw unsupported(source, `hidden_act ${JSON.stringify(settings["hidden_act"])}`);
  return {
    width,
    heads: number(settings, "num_attention_heads", source),
    layers: number(settings, "num_hidden_layers", source),
    activation,
    epsilon: Number(settings["layer_norm_eps"]),
    block(index) {
      const name = `${tower}.encoder.layers.${index}`;
      const projection = (letter: string): Linear =>
        linearOf(tensors, `${name}.self_attn.${letter}_proj`, width, width);
      return {
        norm1: normOf(tensors, `${name}.layer_norm1`),
        qkv: concatenated([projection("q"), projection("k"), projection("v")]),
        out: projection("out"),
        norm2: normOf(tensors, `${name}.layer_norm2`),
        fc1: linearOf(tensors, `${name}.mlp.fc1`, width, inner),
        fc2: linearOf(tensors, `${name}.mlp.fc2`, inner, width),
      };
    },
  };
}

/** SiglipMultiheadAttentionPoolingHead: a torch MultiheadAttention, whose three matrices are one. */
function attentionPool(tensors: Tensors, width: number): AttentionPool {
  const name = "vision_model.head";
  const inner = tensors.shape(`${name}.mlp.fc1.weight`)[0] ?? 0;
  return {
    kind: "attention",
    probe: tensors.read(`${name}.probe`),
    qkv: inProjectionOf(tensors, `${name}.attention`, width),
    out: linearOf(tensors, `${name}.attention.out_proj`, width, width),
    norm: normOf(tensors, `${name}.layernorm`),
    fc1: linearOf(tensors, `${name}.mlp.fc1`, width, inner),
    fc2: linearOf(tensors, `${name}.mlp.fc2`, inner, width),
  };
}
