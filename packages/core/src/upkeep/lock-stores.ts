import { existsSync } from "node:fs";
import type { Catalog } from "../db/open-catalog.ts";
import { storeDirectory } from "../library-model.ts";
import { Vectors } from "../vectors.ts";

/** The stores of all models of a library, opened to be written: nobody else writes to the library meanwhile. */
export interface LockedStores extends Disposable {
  readonly stores: readonly { readonly directory: string; readonly vectors: Vectors }[];
}

/**
 * Opens every store of the library in `library`.
 * @throws ClipfindError LIBRARY_LOCKED (an index run goes on), SHARD_MISSING, STORE_*
 */
export function lockStores(library: string, catalog: Catalog): LockedStores {
  const stores: { directory: string; vectors: Vectors }[] = [];
  const dispose = (): void => {
    for (const { vectors } of stores) vectors.close();
  };
  try {
    for (const { fingerprint, dims } of catalog.models.all()) {
      const directory = storeDirectory(library, fingerprint);
      if (existsSync(directory)) stores.push({ directory, vectors: Vectors.open(directory, { dims, write: true }) });
    }
  } catch (error) {
    dispose();
    throw error;
  }
  return { stores, [Symbol.dispose]: dispose };
}
