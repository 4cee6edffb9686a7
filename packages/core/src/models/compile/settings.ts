import { readFileSync } from "node:fs";
import type { Cleaning } from "../../clip/pack-tokenizer.ts";
import { ClipfindError } from "../../errors.ts";
import type { ImageSettings, PerChannel } from "../model-manifest.ts";

/** A JSON object of a model's source whose fields are looked at one by one. */
export type Settings = Readonly<Record<string, unknown>>;

/**
 * Reads a file with a JSON object.
 * @throws ClipfindError MODEL_NOT_FOUND when it cannot be read, MODEL_INVALID when it is something else
 */
export function readSettings(path: string): Settings {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (cause) {
    throw new ClipfindError("MODEL_NOT_FOUND", `${path}: expected a readable file of the model.`, {
      hint: "Copy or pull the model again.",
      cause,
    });
  }
  try {
    const value: unknown = JSON.parse(text);
    if (isObject(value)) return value;
  } catch {
    // Said below.
  }
  throw new ClipfindError("MODEL_INVALID", `${path}: expected a JSON object, found something else.`, {
    hint: "Copy or pull the model again.",
  });
}

export function isObject(value: unknown): value is Settings {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The object `key` of `settings`, empty where there is none. */
export function part(settings: Settings, key: string): Settings {
  const value = settings[key];
  return isObject(value) ? value : {};
}

/** A mean or standard deviation per channel, if `value` is one. */
export function channels(value: unknown): PerChannel | undefined {
  return Array.isArray(value) && value.length === 3 && value.every((x) => typeof x === "number" && Number.isFinite(x))
    ? (value as unknown as PerChannel)
    : undefined;
}

/** How pictures are resized: open_clip says "squash"; transformers states a height and a width where they are squashed. */
export function resizeOf(settings: Settings): ImageSettings["resize"] {
  const squashes = settings["resize_mode"] === "squash" || part(settings, "size")["height"] !== undefined;
  return squashes ? "squash" : "shortest-side";
}

/**
 * Pillow's filter by open_clip's name or by transformers' number; CLIP's where none is stated.
 * @throws ClipfindError MODEL_INVALID for another
 */
export function interpolationOf(settings: Settings, source: string): ImageSettings["interpolation"] {
  const stated = settings["interpolation"] ?? settings["resample"] ?? "bicubic";
  if (stated === "bicubic" || stated === 3) return "bicubic";
  if (stated === "bilinear" || stated === 2) return "bilinear";
  throw unsupported(source, `resampling by ${JSON.stringify(stated)}`);
}

/**
 * How open_clip cleans texts for the tokenizer of `text_cfg`; undefined for CLIP's own.
 * @throws ClipfindError MODEL_INVALID for ways that clipfind does not know
 */
export function cleaningOf(text: Settings, source: string): Cleaning | undefined {
  if (text["hf_tokenizer_name"] === undefined && text["hf_model_name"] === undefined) return undefined;
  const options = part(text, "tokenizer_kwargs");
  const clean = options["clean"] ?? "whitespace";
  const isKnown = clean === "whitespace" || clean === "canonicalize";
  const mode = text["tokenizer_mode"];
  if (isKnown && options["strip_sep_token"] !== true && (mode === undefined || mode === null)) return clean;
  throw unsupported(source, `the tokenizer settings ${JSON.stringify({ ...options, mode })}`);
}

/**
 * A positive whole number of `settings`, or `otherwise` where it is missing.
 * @throws ClipfindError MODEL_INVALID
 */
export function number(settings: Settings, key: string, source: string, otherwise?: number): number {
  const value = settings[key] ?? otherwise;
  if (typeof value === "number" && Number.isInteger(value) && value > 0 && value <= 1e7) return value;
  const found = value === undefined ? "nothing" : JSON.stringify(value).slice(0, 80);
  throw new ClipfindError("MODEL_INVALID", `${source}: expected ${key} to be a whole number, found ${found}.`, {
    hint: "Copy or pull the model again.",
  });
}

/** The error for a model of a kind that clipfind cannot build. */
export function unsupported(source: string, what: string): ClipfindError {
  return new ClipfindError("MODEL_INVALID", `${source}: ${what} is a kind of model that clipfind cannot build.`, {
    hint: "Export both towers as ONNX files and make a model directory of them; docs/models.md tells how.",
  });
}
