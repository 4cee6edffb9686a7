import type { Tensors } from "./tensors.ts";
import { inProjectionOf, linearOf, matrixOf, normOf } from "./read-layers.ts";
import { robertaWeights } from "./roberta-weights.ts";
import { number, part, type Settings, unsupported } from "./settings.ts";
import { timmWeights } from "./timm-weights.ts";
import type { Activation, ClipWeights, ImageWeights, TextWeights, Transformer } from "./tower-weights.ts";

/**
 * The weights of an open_clip model by open_clip's names (`CLIP` in its model.py; also OpenAI's names, which are the
 * same).
 *
 * @param config - `model_cfg` of open_clip_config.json
 * @throws ClipfindError MODEL_INVALID for weights that are missing or of another shape, and for towers of other kinds
 *   than CLIP's transformers, SigLIP's from timm and RoBERTa (ResNets, others of timm and Hugging Face)
 */
export function openClipWeights(tensors: Tensors, config: Settings, source: string): ClipWeights {
  const vision = part(config, "vision_cfg");
  const text = part(config, "text_cfg");
  const activation: Activation = config["quick_gelu"] === true ? "quick-gelu" : "gelu";
  const dims = number(config, "embed_dim", source);
  return {
    dims,
    image:
      vision["timm_model_name"] === undefined
        ? imageWeights(tensors, vision, activation, dims, source)
        : timmWeights(tensors, vision, source),
    text:
      text["hf_model_name"] === undefined
        ? textWeights(tensors, text, activation, dims, source)
        : robertaWeights(tensors, text, dims, source),
  };
}

function imageWeights(
  tensors: Tensors,
  vision: Settings,
  activation: Activation,
  dims: number,
  source: string,
): ImageWeights {
  if (Array.isArray(vision["layers"])) throw unsupported(source, "a ResNet");
  const width = number(vision, "width", source);
  const heads = width / number(vision, "head_width", source, 64);
  const layers = number(vision, "layers", source);
  return {
    transformer: transformerOf(tensors, "visual.", { width, heads, layers, activation, epsilon: 1e-5 }),
    size: number(vision, "image_size", source),
    patch: number(vision, "patch_size", source),
    patchWeight: tensors.read("visual.conv1.weight"),
    classToken: tensors.read("visual.class_embedding"),
    positions: tensors.read("visual.positional_embedding"),
    preNorm: normOf(tensors, "visual.ln_pre"),
    postNorm: normOf(tensors, "visual.ln_post"),
    pool: { kind: "class-token", projection: matrixOf(tensors, "visual.proj", width, dims) },
  };
}

function textWeights(
  tensors: Tensors,
  text: Settings,
  activation: Activation,
  dims: number,
  source: string,
): TextWeights {
  const causal = text["no_causal_mask"] !== true;
  // The end token has the highest id; of a text that is filled up the last token is the last of the padding.
  const pool = text["pool_type"] ?? "argmax";
  if (pool !== (causal ? "argmax" : "last")) throw unsupported(source, `pool_type ${JSON.stringify(pool)}`);
  if (text["embed_cls"] === true) throw unsupported(source, "embed_cls");
  const width = number(text, "width", source);
  const prefix = tensors.has("text.token_embedding.weight") ? "text." : "";
  const [vocabulary = 0] = tensors.shape(`${prefix}token_embedding.weight`);
  const projection = `${prefix}text_projection`;
  const epsilon = part(text, "norm_kwargs")["eps"];
  return {
    transformer: transformerOf(tensors, prefix, {
      width,
      heads: number(text, "heads", source),
      layers: number(text, "layers", source),
      activation: part(text, "act_kwargs")["approximate"] === "tanh" ? "gelu-tanh" : activation,
      epsilon: typeof epsilon === "number" ? epsilon : 1e-5,
    }),
    causal,
    contextLength: number(text, "context_length", source, 77),
    tokens: matrixOf(tensors, `${prefix}token_embedding.weight`, vocabulary, width),
    positions: tensors.read(`${prefix}positional_embedding`),
    finalNorm: normOf(tensors, `${prefix}ln_final`),
    projection: tensors.has(`${projection}.weight`)
      ? linearOf(tensors, projection, width, dims)
      : { weight: matrixOf(tensors, projection, width, dims) },
  };
}

function transformerOf(
  tensors: Tensors,
  prefix: string,
  form: Pick<Transformer, "activation" | "epsilon" | "heads" | "layers" | "width">,
): Transformer {
  const { width } = form;
  return {
    ...form,
    block(index) {
      const name = `${prefix}transformer.resblocks.${index}`;
      const inner = tensors.shape(`${name}.mlp.c_fc.weight`)[0] ?? 0;
      return {
        norm1: normOf(tensors, `${name}.ln_1`),
        qkv: inProjectionOf(tensors, `${name}.attn`, width),
        out: linearOf(tensors, `${name}.attn.out_proj`, width, width),
        norm2: normOf(tensors, `${name}.ln_2`),
        fc1: linearOf(tensors, `${name}.mlp.c_fc`, width, inner),
        fc2: linearOf(tensors, `${name}.mlp.c_proj`, inner, width),
      };
    },
  };
}
