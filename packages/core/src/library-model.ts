import { join } from "node:path";
import type { ModelRow, ModelsTable } from "./db/models-table.ts";
import { ClipfindError } from "./errors.ts";
import { miniFingerprint, miniModel } from "./models/mini-model.ts";
import { type Model, openModel } from "./models/open-model.ts";

/**
 * The model whose vectors are searched: that in `directory` if it is given, else the one the library was indexed with,
 * else the mini model.
 * @throws ClipfindError MODEL_NOT_FOUND, MODEL_INVALID, MODEL_MISMATCH (the library has no vectors of that model)
 */
export function modelToSearch(models: ModelsTable, directory: string | undefined): Model {
  const current = models.current();
  if (directory === undefined) return current === undefined ? miniModel() : rememberedModel(current);
  const variants = variantsOf(openModel(directory));
  const rows = models.all();
  if (rows.length === 0) return variants[0]!;
  const known = rows.filter(({ fingerprint }) => variants.some((model) => model.fingerprint === fingerprint));
  const row = known.find(({ complete }) => complete) ?? known[0];
  const model = variants.find(({ fingerprint }) => fingerprint === row?.fingerprint);
  if (model !== undefined) return model;
  const { name } = variants[0]!.manifest;
  throw new ClipfindError(
    "MODEL_MISMATCH",
    `This library has no vectors of ${name} (${directory}); it was indexed with ${rows.map(described).join(", ")}`,
    { hint: "Leave --model out, or index with it first: the other vectors stay." },
  );
}

/** A model in all the precisions it has, int8 last. */
export function variantsOf(model: Model): Model[] {
  const { directory, manifest } = model;
  return manifest.compiled === undefined ? [model] : [openModel(directory), openModel(directory, "int8")];
}

/** The mini model is wherever the package lies now; any other lies where it was. */
export function rememberedModel(row: ModelRow): Model {
  if (row.fingerprint === miniFingerprint) return miniModel();
  const model = openModel(row.directory, row.precision);
  if (model.fingerprint === row.fingerprint) return model;
  throw new ClipfindError(
    "MODEL_MISMATCH",
    `This library was indexed with ${described(row)}; ${model.directory} holds ${model.manifest.name} ` +
      `(${model.fingerprint.slice(0, 12)}) now, whose vectors cannot be compared with it`,
    { hint: "Put the library's own model back, or name another with --model to index with that one." },
  );
}

function described({ name, fingerprint }: ModelRow): string {
  return `${name} (${fingerprint.slice(0, 12)})`;
}

/** Where the vectors of a model are, in the library in `library`. */
export function storeDirectory(library: string, fingerprint: string): string {
  return join(library, "vectors", fingerprint.slice(0, 16));
}
