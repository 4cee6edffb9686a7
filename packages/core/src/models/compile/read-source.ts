import { existsSync } from "node:fs";
import { join } from "node:path";
import type { TokenizerSettings } from "../../clip/pack-tokenizer.ts";
import { clipMean, clipStd } from "../clip-pixels.ts";
import type { ImageSettings } from "../model-manifest.ts";
import { openClipWeights } from "./open-clip-weights.ts";
import { Safetensors } from "./safetensors.ts";
import {
  channels,
  cleaningOf,
  interpolationOf,
  part,
  readSettings,
  resizeOf,
  type Settings,
  unsupported,
} from "./settings.ts";
import type { Tensors } from "./tensors.ts";
import type { ClipWeights } from "./tower-weights.ts";
import { transformersWeights } from "./transformers-weights.ts";

/** A model as its publishers laid it out, ready to be compiled. */
export interface ModelSource {
  readonly tensors: Tensors;
  readonly weights: ClipWeights;
  /** What is done to a picture; the size stands in the weights. */
  readonly image: Omit<ImageSettings, "size">;
  /** Path of the tokenizer.json. */
  readonly tokenizer: string;
  readonly tokenizerSettings: TokenizerSettings;
}

/**
 * Opens the weights in a directory laid out as on the Hugging Face hub: open_clip's (`open_clip_config.json` with
 * `open_clip_model.safetensors`) or transformers' (`config.json` with `model.safetensors`). The caller closes `tensors`.
 *
 * @returns undefined when the directory has neither
 * @throws ClipfindError MODEL_INVALID, MODEL_NOT_FOUND
 */
export function readSource(directory: string): ModelSource | undefined {
  const has = (file: string): boolean => existsSync(join(directory, file));
  const tokenizer = join(directory, "tokenizer.json");
  const tokenizerConfig = join(directory, "tokenizer_config.json");
  const settingsFor = (clean: TokenizerSettings["clean"]): TokenizerSettings => ({
    clean,
    config: existsSync(tokenizerConfig) ? readSettings(tokenizerConfig) : {},
  });
  if (has("open_clip_config.json") && has("open_clip_model.safetensors")) {
    const path = join(directory, "open_clip_config.json");
    const config = readSettings(path);
    const model = part(config, "model_cfg");
    return opened(join(directory, "open_clip_model.safetensors"), (tensors) => ({
      tensors,
      weights: openClipWeights(tensors, model, path),
      image: imageOfOpenClip(part(config, "preprocess_cfg"), path),
      tokenizer,
      tokenizerSettings: settingsFor(cleaningOf(part(model, "text_cfg"), path)),
    }));
  }
  if (has("config.json") && has("model.safetensors")) {
    const path = join(directory, "config.json");
    const processor = join(directory, "preprocessor_config.json");
    const config = readSettings(path);
    return opened(join(directory, "model.safetensors"), (tensors) => ({
      tensors,
      weights: transformersWeights(tensors, config, path),
      image: imageOfTransformers(existsSync(processor) ? readSettings(processor) : {}, processor),
      tokenizer,
      // SigLIP was trained with lower case, whether tokenizer.json says so or not.
      tokenizerSettings: settingsFor(config["model_type"] === "clip" ? undefined : "lower"),
    }));
  }
  return undefined;
}

function opened(path: string, read: (tensors: Tensors) => ModelSource): ModelSource {
  const tensors = Safetensors.open(path);
  try {
    return read(tensors);
  } catch (error) {
    tensors.close();
    throw error;
  }
}

function imageOfOpenClip(settings: Settings, source: string): ModelSource["image"] {
  const mode = settings["resize_mode"] ?? "shortest";
  if (mode !== "shortest" && mode !== "squash") throw unsupported(source, `resize_mode ${JSON.stringify(mode)}`);
  return {
    mean: channels(settings["mean"]) ?? clipMean,
    std: channels(settings["std"]) ?? clipStd,
    resize: resizeOf(settings),
    crop: "center",
    interpolation: interpolationOf(settings, source),
  };
}

function imageOfTransformers(settings: Settings, source: string): ModelSource["image"] {
  return {
    mean: channels(settings["image_mean"]) ?? clipMean,
    std: channels(settings["image_std"]) ?? clipStd,
    resize: resizeOf(settings),
    crop: "center",
    interpolation: interpolationOf(settings, source),
  };
}
