import { ClipfindError } from "../../errors.ts";
import { nameUnnamed } from "./name-unnamed.ts";
import { type OnnxConstant, type OnnxFile, readOnnx } from "./onnx-file.ts";
import type { RowRange, Tensors } from "./tensors.ts";

/**
 * The weight that every tower of a kind has, and what its names begin with in the publishers' own files. Exporters put
 * names of wrappers in front of it, or leave its beginning out.
 */
const anchors: ReadonlyArray<readonly [name: string, prefix: string]> = [
  ["visual.trunk.patch_embed.proj.weight", ""],
  ["trunk.patch_embed.proj.weight", "visual."],
  ["visual.conv1.weight", ""],
  ["conv1.weight", "visual."],
  ["vision_model.embeddings.patch_embedding.weight", ""],
  ["text_model.embeddings.token_embedding.weight", ""],
  ["text.transformer.embeddings.word_embeddings.weight", ""],
  ["transformer.embeddings.word_embeddings.weight", "text."],
  ["text.token_embedding.weight", ""],
  ["token_embedding.weight", ""],
];

/**
 * The weights of a pair of ONNX files by the names they have in their publishers' own files: as far as the exporter has kept
 * them, and from where they are in the graph where it has not. What is found so may be wrong, and must be compared.
 *
 * @returns the weights, and whether the graphs have a sigmoid, which is part of QuickGELU
 * @throws ClipfindError MODEL_INVALID when a file is no ONNX model
 */
export function exportedTensors(
  paths: readonly string[],
  source: string,
): { readonly tensors: Tensors; readonly hasSigmoid: boolean } {
  const files = paths.map((path) => readOnnx(path));
  const all = new Map(files.flatMap((file) => [...publishersNames(file)]));
  const find = (name: string): OnnxConstant => {
    const constant = all.get(name);
    if (constant !== undefined) return constant;
    throw new ClipfindError("MODEL_INVALID", `${source}: expected a tensor ${name}, found none.`);
  };
  const tensors = {
    source,
    has: (name: string): boolean => all.has(name),
    shape: (name: string): readonly number[] => find(name).shape,
    read: (name: string, rows?: RowRange): Float32Array => find(name).read(rows),
    close: (): void => all.clear(),
  };
  return { tensors, hasSigmoid: files.some(({ nodes }) => nodes.some(({ opType }) => opType === "Sigmoid")) };
}

function publishersNames(file: OnnxFile): Map<string, OnnxConstant> {
  const names = [...file.constants.keys()];
  for (const [anchor, added] of anchors) {
    const name = names.find((each) => each === anchor || each.endsWith(`.${anchor}`));
    if (name === undefined) continue;
    const wrapper = name.slice(0, -anchor.length);
    const rename = (each: string): string => (each.startsWith(wrapper) ? added + each.slice(wrapper.length) : each);
    const renamed = new Map(Array.from(file.constants, ([each, constant]) => [rename(each), constant]));
    const nodes = file.nodes.map(({ opType, input, output }) => ({ opType, input: input.map(rename), output }));
    return nameUnnamed({ nodes, constants: renamed }, added + anchor);
  }
  return new Map();
}
