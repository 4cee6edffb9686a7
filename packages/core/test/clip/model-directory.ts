import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { onTestFinished } from "vitest";
import { createModelManifest, type ModelSettings } from "../../src/models/create-model-manifest.ts";
import { type Model, openModel } from "../../src/models/open-model.ts";
import { tinyOnnx } from "./tiny-onnx.ts";
import { tinyTokenizer } from "./tiny-tokenizer.ts";

/** Contents of the three files; the tiny ones unless given. */
export interface ModelContents {
  readonly visual?: Buffer;
  readonly textual?: Buffer;
  readonly tokenizer?: Buffer | string;
}

/** Writes a model directory that the running test removes at its end, and opens it. */
export async function modelDirectory(
  contents: ModelContents = {},
  settings: Partial<ModelSettings> = {},
): Promise<Model> {
  const directory = mkdtempSync(path.join(tmpdir(), "clipfind-model-"));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  mkdirSync(path.join(directory, "visual"));
  mkdirSync(path.join(directory, "textual"));
  writeFileSync(path.join(directory, "visual/model.onnx"), contents.visual ?? tinyOnnx.visual(32));
  writeFileSync(path.join(directory, "textual/model.onnx"), contents.textual ?? tinyOnnx.textual("sequence"));
  writeFileSync(path.join(directory, "textual/tokenizer.json"), contents.tokenizer ?? tinyTokenizer());
  await createModelManifest(directory, { name: "tiny", dims: 3, image: { size: 32 }, ...settings });
  return openModel(directory);
}
