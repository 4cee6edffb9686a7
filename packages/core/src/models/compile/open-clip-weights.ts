import type { Tensors } from "./tensors.ts";
import { inProjectionOf, linearOf, matrixOf, normOf } from "./read-layers.ts";
import { number, part, type Settings, unsupported } from "./settings.ts";
import type { Activation, ClipWeights, Transformer } from "./tower-weights.ts";

/**
 * The weights of an open_clip model by open_clip's names (`CLIP` in its model.py; also OpenAI's names, which are the
 * same).
 *
 * @param config - `model_cfg` of open_clip_config.json
 * @throws ClipfindError MODEL_INVALID for weights that are missing or of another shape, and for towers of other kinds
 *   than CLIP's transformers (ResNets, timm and Hugging Face towers inside open_clip)
 */
export function openClipWeights(tensors: Tensors, config: Settings, source: string): ClipWeights {
  const vision = part(config, "vision_cfg");
  const text = part(config, "text_cfg");
  for (const [tower, key] of [
    [vision, "timm_model_name"],
    [text, "hf_model_name"],
  ] as const) {
    if (tower[key] !== undefined) throw unsupported(source, `${key} ${JSON.stringify(tower[key])}`);
  }
  if (Array.isArray(vision["layers"])) throw unsupported(source, "a ResNet");
  const activation: Activation = config["quick_gelu"] === true ? "quick-gelu" : "gelu";
  const dims = number(config, "embed_dim", source);

  const width = number(vision, "width", source);
  const heads = width / number(vision, "head_width", source, 64);
  const layers = number(vision, "layers", source);
  const textPrefix = tensors.has("text.token_embedding.weight") ? "text." : "";
  const textWidth = number(text, "width", source);
  const [vocabulary = 0] = tensors.shape(`${textPrefix}token_embedding.weight`);
  const projection = matrixOf(tensors, `${textPrefix}text_projection`, textWidth, dims);
  return {
    dims,
    image: {
      transformer: transformerOf(tensors, "visual.", { width, heads, layers, activation }),
      size: number(vision, "image_size", source),
      patch: number(vision, "patch_size", source),
      patchWeight: tensors.read("visual.conv1.weight"),
      classToken: tensors.read("visual.class_embedding"),
      positions: tensors.read("visual.positional_embedding"),
      preNorm: normOf(tensors, "visual.ln_pre"),
      postNorm: normOf(tensors, "visual.ln_post"),
      pool: { kind: "class-token", projection: matrixOf(tensors, "visual.proj", width, dims) },
    },
    text: {
      transformer: transformerOf(tensors, textPrefix, {
        width: textWidth,
        heads: number(text, "heads", source),
        layers: number(text, "layers", source),
        activation,
      }),
      causal: text["no_causal_mask"] !== true,
      contextLength: number(text, "context_length", source, 77),
      tokens: matrixOf(tensors, `${textPrefix}token_embedding.weight`, vocabulary, textWidth),
      positions: tensors.read(`${textPrefix}positional_embedding`),
      finalNorm: normOf(tensors, `${textPrefix}ln_final`),
      projection: { weight: projection },
    },
  };
}

function transformerOf(
  tensors: Tensors,
  prefix: string,
  form: Pick<Transformer, "activation" | "heads" | "layers" | "width">,
): Transformer {
  const { width } = form;
  return {
    ...form,
    epsilon: 1e-5,
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
