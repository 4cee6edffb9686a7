import { bytePathToText } from "./byte-path.ts";
import type { ModelRow } from "./db/models-table.ts";
import type { Catalog } from "./db/open-catalog.ts";
import type { VectorStats, Vectors } from "./vectors.ts";

/** A model that a library was indexed with. */
export type ModelStatus = Pick<
  ModelRow,
  "agreement" | "devices" | "dims" | "directory" | "fingerprint" | "name" | "precision"
>;

/** What a library holds. */
export interface LibraryStatus {
  readonly directory: string;
  readonly roots: readonly string[];
  readonly model: ModelStatus | undefined;
  /** Models whose vectors are there as well, or are being made. */
  readonly otherModels: readonly (ModelStatus & { readonly complete: boolean })[];
  readonly files: { readonly present: number; readonly missing: number; readonly failed: number };
  /** Files that could not be read or decoded. */
  readonly failed: readonly { readonly path: string; readonly reason: string }[];
  /** Photos of which it was not read yet what they say of themselves; the next index run does it. */
  readonly undescribed: number;
  readonly vectors: VectorStats | undefined;
  /** Damage that was found and passed over; `index` repairs it. */
  readonly warnings: readonly string[];
}

/** What the library in `directory` holds, by its catalog and, if there are vectors yet, their `reader`. */
export function libraryStatus(directory: string, catalog: Catalog, reader: Vectors | undefined): LibraryStatus {
  const row = catalog.models.current();
  return {
    directory,
    roots: catalog.roots.all().map(({ path }) => bytePathToText(path)),
    model: row && modelStatus(row),
    otherModels: catalog.models
      .all()
      .filter(({ fingerprint }) => fingerprint !== row?.fingerprint)
      .map((other) => Object.assign(modelStatus(other), { complete: other.complete })),
    files: catalog.files.counts(),
    failed: catalog.files.failed().map(({ path, reason }) => ({ path: bytePathToText(path), reason })),
    undescribed: catalog.metadata.undescribed(),
    vectors: reader?.stats(),
    warnings: reader === undefined ? [] : warningsOf(reader),
  };
}

/** What is wrong with vectors that can be searched nevertheless, a sentence each, and what to do about damage. */
export function warningsOf(reader: Vectors): string[] {
  const warnings = reader.warnings();
  // A missing shard is no damage: its disk may come back.
  const isDamaged = warnings.length > 0 && warnings.length > reader.stats().missingShards.length;
  return isDamaged ? [...warnings, "photos may not be found until `clipfind index` has repaired the index"] : warnings;
}

function modelStatus({ name, fingerprint, dims, directory, precision, agreement, devices }: ModelRow): ModelStatus {
  return { name, fingerprint, dims, directory, precision, agreement, devices };
}
