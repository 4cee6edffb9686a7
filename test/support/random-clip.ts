import { closeSync, copyFileSync, mkdirSync, openSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { directory as miniModel } from "@clipfind/model-mini";

/** open_clip's `model_cfg` of a CLIP with transformers for both towers. */
export interface ClipConfig {
  readonly embed_dim: number;
  readonly quick_gelu?: boolean;
  readonly vision_cfg: Readonly<Record<"image_size" | "layers" | "patch_size" | "width", number>> & {
    readonly head_width?: number;
  };
  readonly text_cfg: Readonly<Record<"context_length" | "heads" | "layers" | "vocab_size" | "width", number>>;
}

/** The architecture of rclip's model, and clipfind's default. */
export const vitB32At256: ClipConfig = {
  embed_dim: 512,
  vision_cfg: { image_size: 256, layers: 12, width: 768, patch_size: 32 },
  text_cfg: { context_length: 77, vocab_size: 49_408, width: 512, heads: 8, layers: 12 },
};

/**
 * Writes a model of **random weights** in open_clip's layout to `directory`: it knows nothing and serves for speed and
 * for equality. The spread of the weights is open_clip's initialisation, so that activations have usual sizes.
 */
export function writeRandomClip(directory: string, config: ClipConfig, seed = 1): void {
  mkdirSync(directory, { recursive: true });
  const preprocess = {
    mean: [0.48145466, 0.4578275, 0.40821073],
    std: [0.26862954, 0.26130258, 0.27577711],
    interpolation: "bicubic",
    resize_mode: "shortest",
  };
  const about = { model_cfg: config, preprocess_cfg: preprocess };
  writeFileSync(join(directory, "open_clip_config.json"), JSON.stringify(about, undefined, 1));
  copyFileSync(join(miniModel, "textual/tokenizer.json"), join(directory, "tokenizer.json"));
  writeSafetensors(join(directory, "open_clip_model.safetensors"), tensorsOf(config), seed);
}

/** Shape, standard deviation and mean of a tensor. */
type Form = readonly [shape: readonly number[], spread: number, mean?: number];

function tensorsOf({ embed_dim: dims, vision_cfg: vision, text_cfg: text }: ClipConfig): Record<string, Form> {
  const { width, patch_size: patch } = vision;
  const tokens = Math.floor(vision.image_size / patch) ** 2 + 1;
  return {
    "visual.class_embedding": [[width], width ** -0.5],
    "visual.positional_embedding": [[tokens, width], width ** -0.5],
    "visual.conv1.weight": [[width, 3, patch, patch], (3 * patch * patch) ** -0.5],
    ...norm("visual.ln_pre", width),
    ...blocks("visual.", vision),
    ...norm("visual.ln_post", width),
    "visual.proj": [[width, dims], width ** -0.5],
    "token_embedding.weight": [[text.vocab_size, text.width], 0.02],
    positional_embedding: [[text.context_length, text.width], 0.01],
    ...blocks("", text),
    ...norm("ln_final", text.width),
    text_projection: [[text.width, dims], text.width ** -0.5],
  };
}

function blocks(prefix: string, { width, layers }: { width: number; layers: number }): Record<string, Form> {
  const out = width ** -0.5 * (2 * layers) ** -0.5;
  const all: Record<string, Form> = {};
  for (let index = 0; index < layers; index++) {
    const name = `${prefix}transformer.resblocks.${index}`;
    Object.assign(all, norm(`${name}.ln_1`, width), norm(`${name}.ln_2`, width), {
      [`${name}.attn.in_proj_weight`]: [[3 * width, width], width ** -0.5],
      [`${name}.attn.in_proj_bias`]: [[3 * width], 0.02],
      [`${name}.attn.out_proj.weight`]: [[width, width], out],
      [`${name}.attn.out_proj.bias`]: [[width], 0.02],
      [`${name}.mlp.c_fc.weight`]: [[4 * width, width], (2 * width) ** -0.5],
      [`${name}.mlp.c_fc.bias`]: [[4 * width], 0.02],
      [`${name}.mlp.c_proj.weight`]: [[width, 4 * width], out],
      [`${name}.mlp.c_proj.bias`]: [[width], 0.02],
    });
  }
  return all;
}

function norm(name: string, width: number): Record<string, Form> {
  return { [`${name}.weight`]: [[width], 0.1, 1], [`${name}.bias`]: [[width], 0.1] };
}

function writeSafetensors(path: string, tensors: Record<string, Form>, seed: number): void {
  const header: Record<string, object> = {};
  let end = 0;
  for (const [name, [shape]] of Object.entries(tensors)) {
    const start = end;
    end += 4 * shape.reduce((product, side) => product * side, 1);
    header[name] = { dtype: "F32", shape, data_offsets: [start, end] };
  }
  const json = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  const file = openSync(path, "w");
  try {
    writeSync(file, length);
    writeSync(file, json);
    const random = randomOf(seed);
    for (const [shape, spread, mean = 0] of Object.values(tensors)) {
      const values = new Float32Array(shape.reduce((product, side) => product * side, 1));
      // The sum of three uniform numbers, of variance 1/4, is normal enough.
      for (let i = 0; i < values.length; i++) values[i] = mean + spread * 2 * (random() + random() + random() - 1.5);
      writeSync(file, new Uint8Array(values.buffer));
    }
  } finally {
    closeSync(file);
  }
}

/** mulberry32: numbers in [0, 1), the same for a seed everywhere. */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}
