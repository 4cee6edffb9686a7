import type { CompileRequest } from "./compile/compile-model.ts";
import type { Model } from "./open-model.ts";

export type { CompileRequest } from "./compile/compile-model.ts";

/**
 * Makes a model directory. Weights become clipfind's own graphs, fp32 and int8, in the form that loads fastest; so do those
 * of a pair of ONNX files where they can be recognised and give the same vectors, else it is taken as it is. What it needs, searches do without: it is loaded with the first call.
 *
 * @throws ClipfindError MODEL_INVALID when the source is no model that clipfind can build, MODEL_NOT_FOUND, DISK_FULL,
 *   ABORTED
 */
export async function compileModel(request: CompileRequest): Promise<Model> {
  const compiler = await import("./compile/compile-model.ts");
  const { prepareModel } = await import("../prepare-model.ts");
  const model = await compiler.compileModel(request);
  await prepareModel(model, request);
  return model;
}
