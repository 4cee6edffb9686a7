import { cpSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { writeImageGraph } from "../../packages/core/src/models/compile/image-graph.ts";
import { readSource } from "../../packages/core/src/models/compile/read-source.ts";
import { saveSession } from "../../packages/core/src/models/compile/save-session.ts";
import { writeTextGraph } from "../../packages/core/src/models/compile/text-graph.ts";
import type { ClipWeights, TextWeights } from "../../packages/core/src/models/compile/tower-weights.ts";
import { hashFile } from "../../packages/core/src/models/hash-file.ts";
import type { ModelManifest } from "../../packages/core/src/models/model-manifest.ts";
import type { Precision } from "../../packages/core/src/precision.ts";

/**
 * Makes of a compiled model, in `target`, what clipfind made of the same `source` before its own text tower: graphs for
 * onnxruntime in the place of the weights.
 */
export function withGraphsForTexts(source: string, compiled: string, target: string): Promise<void> {
  return withGraphs({ source, compiled, target, tower: "textual", precisions: ["fp32", "int8"] }, (onnx, weights, at) =>
    writeTextGraph(onnx, weights.text as TextWeights, weights.dims, at),
  );
}

/** The same before the image tower of its own, which is for int8 alone. */
export function withGraphsForImages(source: string, compiled: string, target: string): Promise<void> {
  return withGraphs(
    { source, compiled, target, tower: "visual", precisions: ["int8"] },
    (onnx, weights, precision, { image }) => writeImageGraph(onnx, weights.image, image, weights.dims, precision),
  );
}

async function withGraphs(
  {
    source,
    compiled,
    target,
    tower,
    precisions,
  }: {
    readonly source: string;
    readonly compiled: string;
    readonly target: string;
    readonly tower: "textual" | "visual";
    readonly precisions: readonly Precision[];
  },
  write: (onnx: string, weights: ClipWeights, precision: Precision, manifest: ModelManifest) => void,
): Promise<void> {
  cpSync(compiled, target, { recursive: true });
  const manifest = JSON.parse(readFileSync(join(compiled, "model.json"), "utf8")) as ModelManifest;
  const files = { ...manifest.files };
  const { weights, tensors } = readSource(source)!;
  for (const precision of precisions) {
    const onnx = join(target, `${tower}.onnx`);
    const [own, graph] = [`${tower}/${precision}.weights`, `${tower}/${precision}.ort`];
    write(onnx, weights, precision, manifest);
    await saveSession(onnx, join(target, graph));
    for (const file of [onnx, `${onnx}.data`, join(target, own)]) rmSync(file);
    delete files[own];
    files[graph] = await hashFile(join(target, graph));
  }
  tensors.close();
  writeFileSync(join(target, "model.json"), JSON.stringify({ ...manifest, files }));
}
