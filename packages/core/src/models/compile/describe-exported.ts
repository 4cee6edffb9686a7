import "../../no-telemetry.ts";
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { InferenceSession } from "onnxruntime-node";
import type { Cleaning } from "../../clip/pack-tokenizer.ts";
import { ClipfindError } from "../../errors.ts";
import type { ModelSettings } from "../create-model-manifest.ts";
import {
  channels,
  cleaningOf,
  interpolationOf,
  isObject,
  part,
  readSettings,
  resizeOf,
  type Settings,
} from "./settings.ts";

/** Files that say how a picture is prepared, in the order in which they are believed. */
const imageFiles = ["preprocess_cfg.json", "visual/preprocess_cfg.json", "preprocessor_config.json"] as const;

/**
 * What the manifest of a pair of ONNX files needs: from the files beside them, and from the towers' own inputs and
 * outputs where those say nothing.
 *
 * @param work - the model directory that holds the pair
 * @throws ClipfindError MODEL_INVALID when a size stands nowhere, or onnxruntime cannot load a tower
 */
export async function describeExported(
  source: string,
  work: string,
): Promise<Omit<ModelSettings, "name"> & Required<Pick<ModelSettings, "text">>> {
  const { model, pixels: settings } = settingsOf(source);
  const { embed_dim: dims } = model;
  const text = part(model, "text_cfg");
  const imageSize = part(model, "vision_cfg")["image_size"];
  const context = text["context_length"] ?? part(model, "text_config")["max_position_embeddings"];
  const visual = join(work, "visual/model.onnx");
  const textual = join(work, "textual/model.onnx");
  const [pictures, texts] = [await formsOf(visual), await formsOf(textual)];
  const declared = pictures.inputs[0]?.shape[2];
  const size = sizeOf(settings) ?? numberOr(imageSize) ?? declared ?? missing(visual, "the size of its pictures");
  const embedding = [...pictures.outputs, ...texts.outputs].find(({ shape }) => shape.length === 2 && shape[1]);
  const mean = channels(settings["mean"] ?? settings["image_mean"]);
  const std = channels(settings["std"] ?? settings["image_std"]);
  const sequence = numberOr(context) ?? texts.inputs[0]?.shape[1] ?? (isSiglip(model) ? 64 : 77);
  return {
    dims: numberOr(dims) ?? embedding?.shape[1] ?? missing(visual, "the length of its vectors"),
    image: {
      size,
      ...(mean && { mean }),
      ...(std && { std }),
      resize: resizeOf(settings),
      interpolation: interpolationOf(settings, source),
    },
    text: { contextLength: sequence },
  };
}

/**
 * How texts are cleaned for the tokenizer of a pair of ONNX files; undefined where it can only be CLIP's.
 * @throws ClipfindError MODEL_INVALID for ways that clipfind does not know
 */
export function exportedCleaning(source: string): Cleaning | undefined {
  const { model } = settingsOf(source);
  return isSiglip(model) ? "lower" : cleaningOf(part(model, "text_cfg"), source);
}

/** What the publishers' files say of the model: open_clip's `model_cfg`, or transformers' config.json. */
export function exportedConfig(source: string): Settings {
  return settingsOf(source).model;
}

function isSiglip(model: Settings): boolean {
  return model["model_type"] === "siglip";
}

/** What open_clip's and transformers' files say of a model and of its pictures; immich splits open_clip's in two. */
function settingsOf(source: string): { readonly model: Settings; readonly pixels: Settings } {
  const read = (name: string): Settings => {
    const path = join(source, name);
    return existsSync(path) ? readSettings(path) : {};
  };
  const whole = read("open_clip_config.json");
  const config = read("config.json");
  const model = isObject(whole["model_cfg"]) ? whole["model_cfg"] : config;
  const stated = imageFiles.map(read).find((settings) => Object.keys(settings).length > 0) ?? {};
  return { model, pixels: { ...part(whole, "preprocess_cfg"), ...stated } };
}

function numberOr(value: unknown): number | undefined {
  return typeof value === "number" && Number.isInteger(value) && value > 0 ? value : undefined;
}

/** The sides of a tensor, undefined where they are open. */
interface Form {
  readonly shape: ReadonlyArray<number | undefined>;
}

async function formsOf(path: string): Promise<{ readonly inputs: readonly Form[]; readonly outputs: readonly Form[] }> {
  const ort = await import("onnxruntime-node");
  const session = await ort.InferenceSession.create(path, { logSeverityLevel: 3 }).catch((cause: unknown) => {
    throw new ClipfindError("MODEL_INVALID", `${path}: expected an ONNX model that onnxruntime can load.`, {
      hint: "Copy the file again; a model with external data files must be exported as one file.",
      cause,
    });
  });
  const forms = (all: readonly InferenceSession.ValueMetadata[]): Form[] =>
    all.map((it) => ({
      shape: it.isTensor ? it.shape.map((side) => (typeof side === "number" && side > 0 ? side : undefined)) : [],
    }));
  const found = { inputs: forms(session.inputMetadata), outputs: forms(session.outputMetadata) };
  await session.release();
  return found;
}

/** open_clip's `size` is a number or a pair, transformers' an object. */
function sizeOf(settings: Settings): number | undefined {
  const value = settings["size"];
  const found = Array.isArray(value)
    ? (value[0] as unknown)
    : isObject(value)
      ? (value["shortest_edge"] ?? value["height"])
      : value;
  return typeof found === "number" ? found : undefined;
}

function missing(path: string, what: string): never {
  throw new ClipfindError("MODEL_INVALID", `${path}: expected the tower or a file beside it to state ${what}.`, {
    hint: "Make the manifest with createModelManifest(); docs/models.md tells how.",
  });
}
