import type { Model } from "./open-model.ts";

/** The graph of the image tower, relative to the model directory. */
export function imageTowerFile({ manifest, precision }: Pick<Model, "manifest" | "precision">): string {
  return manifest.compiled === undefined ? "visual/model.onnx" : `visual/${precision}.ort`;
}

/** The graph of the text tower, or its weights (`.weights`) for clipfind's own, relative to the model directory. */
export function textTowerFile({ manifest, precision }: Pick<Model, "manifest" | "precision">): string {
  if (manifest.compiled === undefined) return "textual/model.onnx";
  const weights = `textual/${precision}.weights`;
  return weights in manifest.files ? weights : `textual/${precision}.ort`;
}
