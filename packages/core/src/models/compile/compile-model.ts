import { copyFile, mkdir, readFile, rename, rm } from "node:fs/promises";
import { constants, existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { ClipfindError } from "../../errors.ts";
import { createModelManifest } from "../create-model-manifest.ts";
import type { ModelFile, PerChannel } from "../model-manifest.ts";
import { type Model, openModel } from "../open-model.ts";

export interface CompileRequest {
  /**
   * Directory with the source files in one of the usual layouts, as downloaded: an ONNX pair (visual/model.onnx,
   * textual/model.onnx, tokenizer.json, open_clip_config.json, or config.json and visual/preprocess_cfg.json).
   */
  readonly source: string;
  /** Model directory to make; appears whole (renamed into place) or not at all. */
  readonly target: string;
  readonly name: string;
  readonly signal?: AbortSignal | undefined;
  readonly onStep?: ((step: string) => void) | undefined;
}

/** Where each file may be in the source. */
const places: Readonly<Record<ModelFile, readonly string[]>> = {
  "visual/model.onnx": ["visual/model.onnx"],
  "textual/model.onnx": ["textual/model.onnx"],
  "textual/tokenizer.json": ["textual/tokenizer.json", "tokenizer.json"],
};

/**
 * Makes a model directory of a model in another layout: so far of a pair of ONNX files with CLIP's tokenizer and
 * preprocessing.
 * @throws ClipfindError MODEL_INVALID (a layout or model that is not supported, or damaged), MODEL_NOT_FOUND
 */
export async function compileModel({ source, target, name, signal, onStep }: CompileRequest): Promise<Model> {
  if (!existsSync(join(source, "visual/model.onnx"))) throw unsupported(source, "no visual/model.onnx");
  const settings = await readSettings(source);
  const temporary = `${target}.${process.pid}.tmp`;
  try {
    onStep?.("copying the files");
    for (const [file, candidates] of Object.entries(places)) {
      signal?.throwIfAborted();
      const from = candidates.map((path) => join(source, path)).find((path) => existsSync(path));
      if (from === undefined) throw unsupported(source, `no ${file}`);
      await mkdir(dirname(join(temporary, file)), { recursive: true });
      await copyFile(from, join(temporary, file), constants.COPYFILE_FICLONE);
    }
    onStep?.("writing the manifest");
    await createModelManifest(temporary, { name, ...settings });
    await rename(temporary, target);
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    throw error;
  }
  return openModel(target);
}

interface OpenClipConfig {
  readonly embed_dim?: number;
  readonly vision_cfg?: { readonly image_size?: number };
  readonly text_cfg?: { readonly context_length?: number; readonly hf_tokenizer_name?: string };
}
interface Preprocessing {
  readonly mean?: PerChannel;
  readonly std?: PerChannel;
  readonly resize_mode?: string;
}

async function readSettings(source: string): Promise<Omit<Parameters<typeof createModelManifest>[1], "name">> {
  const whole = await readJson<{ model_cfg?: OpenClipConfig; preprocess_cfg?: Preprocessing }>(
    join(source, "open_clip_config.json"),
  );
  const model = whole?.model_cfg ?? (await readJson<OpenClipConfig>(join(source, "config.json")));
  const pixels = whole?.preprocess_cfg ?? (await readJson<Preprocessing>(join(source, "visual/preprocess_cfg.json")));
  const { embed_dim: dims, vision_cfg: vision, text_cfg: text } = model ?? {};
  const size = vision?.image_size;
  if (dims === undefined || size === undefined)
    throw unsupported(source, "no configuration in the manner of open_clip");
  if (text?.hf_tokenizer_name !== undefined || (pixels?.resize_mode ?? "shortest") !== "shortest") {
    throw unsupported(source, "a model with another tokenizer or preprocessing than CLIP's");
  }
  const { mean, std } = pixels ?? {};
  const image = { size, ...(mean !== undefined && { mean }), ...(std !== undefined && { std }) };
  return { dims, image, text: { contextLength: text?.context_length ?? 77 } };
}

async function readJson<T>(path: string): Promise<T | undefined> {
  if (!existsSync(path)) return undefined;
  try {
    return JSON.parse(await readFile(path, "utf8")) as T;
  } catch (cause) {
    throw new ClipfindError("MODEL_INVALID", `${path}: expected JSON`, { hint: "Get the file again.", cause });
  }
}

function unsupported(source: string, found: string): ClipfindError {
  const message = `${source}: expected a pair of ONNX files with CLIP's tokenizer, found ${found}; that is not supported yet`;
  return new ClipfindError("MODEL_INVALID", message, { hint: "docs/models.md says which layouts can be used." });
}
