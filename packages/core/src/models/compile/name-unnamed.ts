import { type OnnxConstant, type OnnxFile, rowsOf } from "./onnx-file.ts";
import { transpose } from "./read-layers.ts";

/** Names that publishers give; exporters' own are numbered. */
const publishers =
  /(^|[._])(weight|bias|proj|class_embedding|positional_embedding|text_projection|probe|latent|pos_embed)$/;

/**
 * Names the weights that an exporter has turned or computed, and so given names of its own: by the bias that is added to
 * what they make, and by the place where they are used.
 *
 * @param anchor - the weight by which the tower was recognised
 * @returns the constants with those names added
 */
export function nameUnnamed({ nodes, constants }: OnnxFile, anchor: string): Map<string, OnnxConstant> {
  const named = new Map(constants);
  const free = new Set([...constants.keys()].filter((name) => !publishers.test(name)));
  const makers = new Map(nodes.flatMap((node) => node.output.map((output) => [output, node] as const)));
  const give = (name: string, from: string | undefined, constant = constants.get(from ?? "")): void => {
    if (from === undefined || constant === undefined || named.has(name)) return;
    named.set(name, constant);
    free.delete(from);
  };
  const giveTurned = (name: string, from: string | undefined): void =>
    give(name, from, turned(constants.get(from ?? "")));
  /** The unnamed constants that nodes of a kind use, in the order of the nodes. */
  const usedBy = (opType: string): string[] =>
    nodes.filter((node) => node.opType === opType).flatMap(({ input }) => input.filter((name) => free.has(name)));
  /** x · W + b: b, and W where it has no name. */
  const sums = (): Array<{ readonly bias: string; readonly weight: string }> =>
    nodes.flatMap(({ opType, input }) => {
      const bias = opType === "Add" ? input.find((name) => constants.has(name)) : undefined;
      const maker = makers.get(input.find((name) => name !== bias) ?? "");
      const weight = maker?.opType === "MatMul" ? maker.input.find((name) => free.has(name)) : undefined;
      return bias === undefined || weight === undefined ? [] : [{ bias, weight }];
    });

  for (const { bias, weight } of sums()) {
    if (!free.has(bias)) giveTurned(bias.replace(/bias$/, "weight"), weight);
  }

  const isText = /token_embedding|word_embeddings/.test(anchor);
  const owner = anchor.replace(/(patch_embedding|token_embedding|word_embeddings|conv1)\.weight$/, "");
  if (!isText) give(`${owner}class_embedding`, [...usedBy("Expand"), ...usedBy("Concat")][0]);
  const positions = usedBy("Add").find((name) => (constants.get(name)?.shape.length ?? 0) > 1);
  const isOpenClip = !anchor.includes(".embeddings.");
  give(`${owner}${isOpenClip ? "positional_embedding" : "position_embedding.weight"}`, positions);

  // SigLIP's head: query by itself, key and value in one, which transformers keeps in one matrix.
  const [query, others, ...more] = sums().filter(({ bias }) => free.has(bias));
  if (anchor.startsWith("vision_model.") && query !== undefined && others !== undefined && more.length === 0) {
    const [weights, biases] = (["weight", "bias"] as const).map((part) =>
      [query, others].map((sum) => constants.get(sum[part])!),
    ) as [OnnxConstant[], OnnxConstant[]];
    const head = "vision_model.head.attention.in_proj_";
    give(`${head}weight`, query.weight, joined(weights.map((weight) => turned(weight) ?? weight)));
    give(`${head}bias`, query.bias, joined(biases));
  }

  // The projections into the common space have no bias, and come last.
  const factors = usedBy("MatMul");
  if (anchor.startsWith("vision_model.")) giveTurned("visual_projection.weight", factors.at(-1));
  else if (anchor.startsWith("text_model.")) giveTurned("text_projection.weight", factors.at(-1));
  else if (anchor.includes("word_embeddings")) {
    if (factors.length === 1) giveTurned("text.proj.weight", factors[0]);
    giveTurned("text.proj.0.weight", factors.at(-2));
    giveTurned("text.proj.2.weight", factors.at(-1));
  }
  return named;
}

/** A matrix the other way round. */
function turned(constant: OnnxConstant | undefined): OnnxConstant | undefined {
  const [rows, columns, ...more] = constant?.shape ?? [];
  if (constant === undefined || rows === undefined || columns === undefined || more.length > 0) return undefined;
  return {
    shape: [columns, rows],
    read: (range) => rowsOf(transpose(constant.read(), rows, columns), [columns, rows], range),
  };
}

/** One below the other. */
function joined(parts: readonly OnnxConstant[]): OnnxConstant {
  const rows = parts.reduce((sum, { shape }) => sum + (shape[0] ?? 0), 0);
  const shape = [rows, ...(parts[0]?.shape.slice(1) ?? [])];
  return {
    shape,
    read(range) {
      const values = parts.map((part) => part.read());
      const all = new Float32Array(values.reduce((sum, { length }) => sum + length, 0));
      let done = 0;
      for (const part of values) {
        all.set(part, done);
        done += part.length;
      }
      return rowsOf(all, shape, range);
    },
  };
}
