import { statSync } from "node:fs";
import type { ModelRow } from "./db/models-table.ts";
import type { Catalog } from "./db/open-catalog.ts";
import { ClipfindError } from "./errors.ts";
import { modelToSearch, storeDirectory } from "./library-model.ts";
import type { Model } from "./models/open-model.ts";
import { Vectors } from "./vectors.ts";

/** The vectors of a library that are searched: those of the model given, else of the one it was indexed with. */
export class SearchedVectors implements Disposable {
  readonly #library: string;
  readonly #catalog: Catalog;
  readonly #modelDirectory: string | undefined;
  #reader: { readonly directory: string; readonly vectors: Vectors } | undefined;

  /** `library`: its directory. */
  constructor(library: string, catalog: Catalog, modelDirectory: string | undefined) {
    this.#library = library;
    this.#catalog = catalog;
    this.#modelDirectory = modelDirectory;
  }

  /** The model given, else the one the library was indexed with, else the mini model. */
  openModel(): Model {
    return modelToSearch(this.#catalog.models, this.#modelDirectory);
  }

  /** That of the model; the library's own need not be opened for it. */
  fingerprint(): string {
    const current = this.#modelDirectory === undefined ? this.#catalog.models.current() : undefined;
    return (current ?? this.openModel()).fingerprint;
  }

  /** Where the vectors are, and of which model. @throws ClipfindError LIBRARY_NOT_FOUND (nothing indexed yet), MODEL_* */
  place(): { directory: string; model: ModelRow; dims: number } {
    const { models } = this.#catalog;
    const row =
      this.#modelDirectory === undefined ? models.current() : models.byFingerprint(this.openModel().fingerprint);
    const directory = row && storeDirectory(this.#library, row.fingerprint);
    if (row === undefined || directory === undefined || statSync(directory, { throwIfNoEntry: false }) === undefined) {
      throw new ClipfindError("LIBRARY_NOT_FOUND", `Nothing is indexed in ${this.#library} yet`, {
        hint: "Index some photos first: `clipfind index DIR`.",
      });
    }
    return { directory, model: row, dims: row.dims };
  }

  /** Open to be read, as of the last commit. @throws ClipfindError as place() and Vectors.open */
  reader(): Vectors {
    const { directory, dims } = this.place();
    if (this.#reader?.directory !== directory) {
      // Another model may have become the one searched.
      this[Symbol.dispose]();
      this.#reader = { directory, vectors: Vectors.open(directory, { dims, write: false }) };
    }
    this.#reader.vectors.refresh();
    return this.#reader.vectors;
  }

  [Symbol.dispose](): void {
    this.#reader?.vectors.close();
    this.#reader = undefined;
  }
}
