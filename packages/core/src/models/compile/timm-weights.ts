import { concatenated, linearOf, normOf } from "./read-layers.ts";
import { number, type Settings, unsupported } from "./settings.ts";
import type { Tensors } from "./tensors.ts";
import type { Activation, ImageWeights } from "./tower-weights.ts";

/** The vision transformers that timm (1.0, vision_transformer.py) has for SigLIP: with a pool that attends, no class token. */
const pattern = /^vit_(base|large|so400m|giantopt)_patch(\d+)_siglip_(\d+)$/;

/** What the weights do not say. */
const heads = { base: 12, large: 16, so400m: 16, giantopt: 16 } as const;

/** timm gives these SigLIP's activation, and the others, which came earlier, GELU itself. */
const withTanh = /^vit_(base_patch32|large_patch16_siglip_512|so400m_patch16|giantopt)/;

/**
 * The weights of a SigLIP image tower from timm inside an open_clip model, by timm's names.
 *
 * @param vision - `vision_cfg` of open_clip_config.json
 * @throws ClipfindError MODEL_INVALID for weights that are missing or of another shape, and for other towers of timm
 */
export function timmWeights(tensors: Tensors, vision: Settings, source: string): ImageWeights {
  const name = String(vision["timm_model_name"]);
  const [, kind, patchSide] = pattern.exec(name) ?? [];
  if (kind === undefined || vision["timm_pool"] !== "map" || vision["timm_proj"] !== "none") {
    throw unsupported(source, `timm_model_name ${JSON.stringify(name)}`);
  }
  const activation: Activation = withTanh.test(name) ? "gelu-tanh" : "gelu";
  const trunk = "visual.trunk";
  const [width = 0] = tensors.shape(`${trunk}.patch_embed.proj.weight`);
  const linear = (of: string, rows: number, columns: number) => linearOf(tensors, `${trunk}.${of}`, rows, columns);
  const innerOf = (of: string): number => tensors.shape(`${trunk}.${of}.mlp.fc1.weight`)[0] ?? 0;
  let layers = 0;
  while (tensors.has(`${trunk}.blocks.${layers}.norm1.weight`)) layers++;
  const poolInner = innerOf("attn_pool");
  return {
    transformer: {
      width,
      heads: heads[kind as keyof typeof heads],
      layers,
      activation,
      epsilon: 1e-6,
      block(index) {
        const block = `blocks.${index}`;
        const inner = innerOf(block);
        return {
          norm1: normOf(tensors, `${trunk}.${block}.norm1`),
          qkv: linear(`${block}.attn.qkv`, width, 3 * width),
          out: linear(`${block}.attn.proj`, width, width),
          norm2: normOf(tensors, `${trunk}.${block}.norm2`),
          fc1: linear(`${block}.mlp.fc1`, width, inner),
          fc2: linear(`${block}.mlp.fc2`, inner, width),
        };
      },
    },
    size: number(vision, "image_size", source),
    patch: Number(patchSide),
    patchWeight: tensors.read(`${trunk}.patch_embed.proj.weight`),
    patchBias: tensors.read(`${trunk}.patch_embed.proj.bias`),
    positions: tensors.read(`${trunk}.pos_embed`),
    postNorm: normOf(tensors, `${trunk}.norm`),
    pool: {
      kind: "attention",
      probe: tensors.read(`${trunk}.attn_pool.latent`),
      qkv: concatenated([linear("attn_pool.q", width, width), linear("attn_pool.kv", width, 2 * width)]),
      out: linear("attn_pool.proj", width, width),
      norm: normOf(tensors, `${trunk}.attn_pool.norm`),
      fc1: linear("attn_pool.mlp.fc1", width, poolInner),
      fc2: linear("attn_pool.mlp.fc2", poolInner, width),
    },
  };
}
