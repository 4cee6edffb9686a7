import { existsSync, realpathSync } from "node:fs";
import { join, resolve } from "node:path";
import type { ModelRow } from "../db/models-table.ts";
import { type Catalog, openCatalogToRead } from "../db/open-catalog.ts";
import { ClipfindError } from "../errors.ts";
import { Vectors } from "../vectors.ts";

/** A library that another one takes in. It is only read. */
export interface MergeSource extends Disposable {
  readonly directory: string;
  readonly catalog: Catalog;
  readonly vectors: Vectors;
  readonly model: ModelRow;
}

/**
 * The directories of the libraries to be merged into the one in `target`, each once, in the order given.
 * @throws ClipfindError INVALID_ARGUMENT (none, or the target itself), LIBRARY_NOT_FOUND
 */
export function mergeDirectories(paths: readonly string[], target: string): string[] {
  if (paths.length === 0) throw new ClipfindError("INVALID_ARGUMENT", "Expected libraries to merge, found none");
  const directories = paths.map((path) => {
    if (!existsSync(join(path, "catalog.db"))) {
      throw new ClipfindError(
        "LIBRARY_NOT_FOUND",
        `Expected a library to merge, but there is none in ${resolve(path)}`,
        {
          hint: "Name the directories that were given to `clipfind index` with --library.",
        },
      );
    }
    return realpathSync(path);
  });
  if (directories.includes(realpathSync(target))) {
    throw new ClipfindError("INVALID_ARGUMENT", `Expected other libraries to merge into ${target}, found itself`, {
      hint: "Name only the others; what it holds stays.",
    });
  }
  return [...new Set(directories)];
}

/**
 * Opens a library to be merged into one of `model`, if that has one already. `storeOf` says where in a library the
 * vectors of a model are.
 * @throws ClipfindError LIBRARY_NOT_FOUND (nothing indexed yet), MODEL_MISMATCH, SHARD_MISSING, CATALOG_*, STORE_*
 */
export function openMergeSource(
  directory: string,
  model: ModelRow | undefined,
  storeOf: (library: string, fingerprint: string) => string,
): MergeSource {
  const catalog = openCatalogToRead(directory);
  try {
    const row = catalog.models.current();
    if (row === undefined) {
      throw new ClipfindError("LIBRARY_NOT_FOUND", `Nothing is indexed in ${directory} yet`, {
        hint: "Leave it out, or index some photos into it first.",
      });
    }
    assertSameModel(directory, row, model);
    const vectors = Vectors.open(storeOf(directory, row.fingerprint), { dims: row.dims, write: false });
    const [missing] = vectors.stats().missingShards;
    if (missing !== undefined) {
      vectors.close();
      throw new ClipfindError("SHARD_MISSING", `Shard ${missing} of the library ${directory} is not there`, {
        hint: "Make it available again: is a disk not mounted?",
      });
    }
    return {
      directory,
      catalog,
      vectors,
      model: row,
      [Symbol.dispose]: () => {
        vectors.close();
        catalog.close();
      },
    };
  } catch (error) {
    catalog.close();
    throw error;
  }
}

function assertSameModel(directory: string, row: ModelRow, model: ModelRow | undefined): void {
  if (model === undefined || row.fingerprint === model.fingerprint) return;
  const name = (it: ModelRow): string => `${it.name} (${it.fingerprint.slice(0, 12)})`;
  throw new ClipfindError(
    "MODEL_MISMATCH",
    `${directory} was indexed with ${name(row)}, whose vectors cannot be compared with those of ${name(model)}`,
    { hint: "Merge libraries of one model only. Nothing was changed." },
  );
}
