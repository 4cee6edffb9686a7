import { join } from "node:path";
import type { ModelRow } from "./db/models-table.ts";
import { ClipfindError } from "./errors.ts";
import { miniModel } from "./models/mini-model.ts";
import { type Model, openModel } from "./models/open-model.ts";

/**
 * The model in `directory` if that is given, else the one the library was indexed with (`row`), else the mini model.
 * @throws ClipfindError MODEL_NOT_FOUND, MODEL_INVALID, MODEL_MISMATCH (a library holds vectors of one model only)
 */
export function libraryModel(row: ModelRow | undefined, directory: string | undefined): Model {
  const model = directory === undefined ? rememberedModel(row) : openModel(directory);
  if (row !== undefined && row.fingerprint !== model.fingerprint) {
    throw new ClipfindError(
      "MODEL_MISMATCH",
      `This library was indexed with ${row.name} (${row.fingerprint.slice(0, 12)}); ${model.directory} holds ` +
        `${model.manifest.name} (${model.fingerprint.slice(0, 12)}), whose vectors cannot be compared with it`,
      { hint: "Use the library's own model, or index into another library with --library." },
    );
  }
  return model;
}

/** The mini model is wherever the package lies now; any other lies where it was. */
function rememberedModel(row: ModelRow | undefined): Model {
  const mini = miniModel();
  return row === undefined || row.fingerprint === mini.fingerprint ? mini : openModel(row.directory);
}

/** Where the vectors of a model are, in the library in `library`. */
export function storeDirectory(library: string, fingerprint: string): string {
  return join(library, "vectors", fingerprint.slice(0, 16));
}
