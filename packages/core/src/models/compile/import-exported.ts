import { copyFileSync, existsSync } from "node:fs";
import { join } from "node:path";
import { packTokenizer, type TokenizerSettings } from "../../clip/pack-tokenizer.ts";
import { ClipfindError } from "../../errors.ts";
import { createModelManifest } from "../create-model-manifest.ts";
import { replaceFile } from "../../replace-file.ts";
import { piecesFile } from "../model-manifest.ts";
import { describeExported, exportedCleaning } from "./describe-exported.ts";
import { readSettings } from "./settings.ts";
import type { CompileRequest } from "./compile-model.ts";

/** Where the usual repositories of ONNX pairs keep the towers. */
const layouts = [
  // immich, and clipfind's own model directories
  { visual: "visual/model.onnx", textual: "textual/model.onnx" },
  // rclip's
  { visual: "visual.onnx", textual: "textual.onnx" },
  // Xenova's and onnx-community's
  { visual: "onnx/vision_model.onnx", textual: "onnx/text_model.onnx" },
] as const;

const tokenizers = ["textual/tokenizer.json", "tokenizer.json", "tokenizer/tokenizer.json"] as const;

/**
 * Copies a pair of ONNX files in one of the usual layouts into the model directory `work`, and writes its manifest.
 * @returns how its tokenizer is to be read
 * @throws ClipfindError MODEL_INVALID when there is none
 */
export async function importExported({ source, name }: CompileRequest, work: string): Promise<TokenizerSettings> {
  const has = (file: string): boolean => existsSync(join(source, file));
  const layout = layouts.find(({ visual, textual }) => has(visual) && has(textual));
  const tokenizer = tokenizers.find(has);
  if (layout === undefined || tokenizer === undefined) {
    throw new ClipfindError("MODEL_INVALID", `${source}: expected the files of a CLIP model, found none.`, {
      hint:
        "A model is open_clip_config.json with open_clip_model.safetensors, config.json with model.safetensors, or " +
        "visual/model.onnx with textual/model.onnx; each with tokenizer.json. docs/models.md lists the layouts.",
    });
  }
  copyFileSync(join(source, layout.visual), join(work, "visual/model.onnx"));
  copyFileSync(join(source, layout.textual), join(work, "textual/model.onnx"));
  copyFileSync(join(source, tokenizer), join(work, "textual/tokenizer.json"));
  const config = join(source, tokenizer.replace(/\.json$/, "_config.json"));
  const tokenizerSettings: TokenizerSettings = {
    clean: exportedCleaning(source),
    config: existsSync(config) ? readSettings(config) : {},
  };
  const packed = packTokenizer(join(source, tokenizer), tokenizerSettings);
  const { text, ...settings } = await describeExported(source, work);
  if (packed.kind === "clip-bpe") {
    await createModelManifest(work, { name, ...settings, text });
    return tokenizerSettings;
  }
  await replaceFile(join(work, piecesFile), packed.bytes);
  // Whether the tower would do without padding cannot be seen; with it, it gives what it was trained to.
  const { kind, padding } = packed;
  await createModelManifest(work, { name, ...settings, text: { ...text, tokenizer: kind, padding } });
  return tokenizerSettings;
}
