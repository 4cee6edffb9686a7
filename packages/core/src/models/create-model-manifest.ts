import path from "node:path";
import { ClipfindError } from "../errors.ts";
import { replaceFile } from "../replace-file.ts";
import { clipMean, clipStd } from "./clip-pixels.ts";
import { hashFile } from "./hash-file.ts";
import {
  exportedFiles,
  type ImageSettings,
  modelFiles,
  type ModelManifest,
  parseModelManifest,
  type PerChannel,
  type TextSettings,
} from "./model-manifest.ts";

/** What the files themselves do not say. */
export interface ModelSettings {
  readonly name: string;
  /** Length of the vectors both towers put out. */
  readonly dims: number;
  /** Side of the square input in pixels; mean and std per channel are CLIP's unless given. */
  readonly image: {
    readonly size: number;
    readonly mean?: PerChannel;
    readonly std?: PerChannel;
    /** "shortest-side" unless given. */
    readonly resize?: ImageSettings["resize"];
    /** "bicubic" unless given. */
    readonly interpolation?: ImageSettings["interpolation"];
  };
  /** CLIP's tokenizer and its 77 tokens unless given. */
  readonly text?: TextSettings;
}

/**
 * Makes a directory with the three files of a model into a model directory: hashes them and writes `model.json`
 * (to a temporary name, synced, renamed), in place of an older one.
 *
 * @returns the manifest written
 * @throws ClipfindError MODEL_NOT_FOUND when a file cannot be read, MODEL_INVALID when a setting is out of range
 */
export async function createModelManifest(directory: string, settings: ModelSettings): Promise<ModelManifest> {
  const files: Record<string, { bytes: number; sha256: string }> = {};
  for (const file of modelFiles(1, settings.text?.tokenizer)) {
    const filePath = path.join(directory, file);
    // One disk.
    files[file] = await hashFile(filePath).catch((cause: unknown) => {
      throw new ClipfindError("MODEL_NOT_FOUND", `${filePath}: expected a file of the model, could not read it.`, {
        hint: `A model directory holds ${exportedFiles.join(", ")}.`,
        cause,
      });
    });
  }

  const { name, dims, image, text } = settings;
  const draft = {
    format: 1,
    name,
    dims,
    image: {
      size: image.size,
      mean: image.mean ?? clipMean,
      std: image.std ?? clipStd,
      resize: image.resize ?? "shortest-side",
      crop: "center",
      interpolation: image.interpolation ?? "bicubic",
    },
    text: text ?? { contextLength: 77 },
    files,
  };
  const content = `${JSON.stringify(draft, undefined, 2)}\n`;
  const target = path.join(directory, "model.json");
  const manifest = parseModelManifest(content, target);
  await replaceFile(target, content);
  return manifest;
}
