import { cpSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readSource } from "../../packages/core/src/models/compile/read-source.ts";
import { saveSession } from "../../packages/core/src/models/compile/save-session.ts";
import { writeTextGraph } from "../../packages/core/src/models/compile/text-graph.ts";
import type { TextWeights } from "../../packages/core/src/models/compile/tower-weights.ts";
import { hashFile } from "../../packages/core/src/models/hash-file.ts";
import type { ModelManifest } from "../../packages/core/src/models/model-manifest.ts";

/**
 * Makes of a compiled model, in `target`, what clipfind made of the same `source` before its own text tower: graphs for
 * onnxruntime in the place of the weights.
 */
export async function withGraphsForTexts(source: string, compiled: string, target: string): Promise<void> {
  cpSync(compiled, target, { recursive: true });
  const manifest = JSON.parse(readFileSync(join(compiled, "model.json"), "utf8")) as ModelManifest;
  const files = { ...manifest.files };
  const { weights, tensors } = readSource(source)!;
  for (const precision of ["fp32", "int8"] as const) {
    const onnx = join(target, "textual.onnx");
    writeTextGraph(onnx, weights.text as TextWeights, weights.dims, precision);
    await saveSession(onnx, join(target, `textual/${precision}.ort`));
    for (const file of [onnx, `${onnx}.data`, join(target, `textual/${precision}.weights`)]) rmSync(file);
    delete files[`textual/${precision}.weights`];
    files[`textual/${precision}.ort`] = await hashFile(join(target, `textual/${precision}.ort`));
  }
  tensors.close();
  writeFileSync(join(target, "model.json"), JSON.stringify({ ...manifest, files }));
}
