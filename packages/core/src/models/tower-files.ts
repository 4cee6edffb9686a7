import type { Model } from "./open-model.ts";

/** The graph of the image tower, or its weights (`.weights`) for clipfind's own, relative to the model directory. */
export function imageTowerFile(model: Pick<Model, "manifest" | "precision">): string {
  return towerFile("visual", model);
}

/** The same of the text tower. */
export function textTowerFile(model: Pick<Model, "manifest" | "precision">): string {
  return towerFile("textual", model);
}

/** Whether clipfind's own code runs what is in such a file, and not onnxruntime. */
export function isOwnTower(file: string): boolean {
  return file.endsWith(".weights");
}

function towerFile(tower: string, { manifest, precision }: Pick<Model, "manifest" | "precision">): string {
  if (manifest.compiled === undefined) return `${tower}/model.onnx`;
  const weights = `${tower}/${precision}.weights`;
  return weights in manifest.files ? weights : `${tower}/${precision}.ort`;
}
