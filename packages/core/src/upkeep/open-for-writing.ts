import { existsSync } from "node:fs";
import type { Catalog } from "../db/open-catalog.ts";
import { Vectors } from "../vectors.ts";
import { type LibraryRepair, repairVectors } from "./repair-vectors.ts";
import { unlessDamaged } from "./unless-damaged.ts";

/** A store that was opened to be written, and what had to be done to it. */
export interface OpenedForWriting {
  readonly vectors: Vectors;
  /** Given if the store was damaged. */
  readonly repaired: LibraryRepair | undefined;
  /** Given if the store had another number of shards. */
  readonly resharded: { readonly from: number; readonly to: number } | undefined;
}

/**
 * Opens the store of a library in `directory` for writing, or makes it. A damaged one is repaired first; one with
 * another number of shards than `shards`, if that is given, is divided anew. An abort leaves the store as it was.
 * @throws ClipfindError as for {@link Vectors.open}, {@link repairVectors} and {@link Vectors.reshard}
 */
export async function openForWriting(options: {
  readonly catalog: Catalog;
  readonly directory: string;
  readonly dims: number;
  readonly shards: number | undefined;
  readonly signal: AbortSignal | undefined;
}): Promise<OpenedForWriting> {
  const { catalog, directory, dims, shards, signal } = options;
  const isNew = !existsSync(directory);
  const open = (): Vectors => Vectors.open(directory, { dims, shards: isNew ? shards : undefined, write: true });
  const sound = unlessDamaged(open, ["STORE_DAMAGED"]);
  const repaired = sound === undefined ? await repairVectors(catalog, directory, dims, signal) : undefined;
  const vectors = sound ?? open();
  try {
    const from = vectors.stats().shards;
    if (shards === undefined || shards === from) return { vectors, repaired, resharded: undefined };
    await vectors.reshard(shards, signal);
    return { vectors, repaired, resharded: { from, to: shards } };
  } catch (error) {
    vectors.close();
    throw error;
  }
}
