import { existsSync } from "node:fs";
import type { Catalog } from "../db/open-catalog.ts";
import { sortedDifference } from "../sorted-difference.ts";
import { type Damage, Vectors } from "../vectors.ts";
import { type DamageCode, isDamage, unlessDamaged } from "./unless-damaged.ts";

/** What a check of a library found. */
export interface LibraryVerification {
  /** True when nothing is damaged and every photo has its vector. */
  readonly sound: boolean;
  /** Rows of vectors that were read, those included that are deleted but still on disk. */
  readonly vectors: number;
  /** Files of the vector store that were checked. */
  readonly files: number;
  /** What is wrong with files of vectors, with rows of them, or with the catalog. */
  readonly damage: readonly Damage[];
  /** What is worth knowing and no damage; a sentence each. */
  readonly notes: readonly string[];
  /** Photos that no search finds because their vector is not there; undefined where damage hides how many. */
  readonly photosWithoutVector: number | undefined;
  /** Vectors that no photo has: an index run is under way, or was killed. Undefined where damage hides how many. */
  readonly vectorsWithoutPhoto: number | undefined;
}

/**
 * Checks the catalog, reads every byte of the vectors, and compares the two. Changes nothing; works for a store that
 * does not open, and while an index run goes on. `storeOf` says where the vectors of a model are.
 * @throws ClipfindError ABORTED, STORE_TOO_NEW, STORE_FAILED, PERMISSION_DENIED
 */
export async function verifyLibrary(
  catalog: Catalog,
  storeOf: (fingerprint: string) => string,
  signal: AbortSignal | undefined,
): Promise<LibraryVerification> {
  const ofCatalog = catalog.check().map((what) => ({ path: catalog.path, what }));
  const model = unlessDamaged(() => catalog.models.current(), damages);
  const directory = model && storeOf(model.fingerprint);
  const found = directory !== undefined && existsSync(directory) ? await verifyStore(directory, signal) : nothing;
  const compared = unlessDamaged(() => compare(catalog, directory, model?.dims), damages);
  const damage = [...ofCatalog, ...found.damage];
  return {
    sound: damage.length === 0 && compared?.photosWithoutVector === 0,
    vectors: found.rows,
    files: found.files,
    damage,
    notes: found.notes,
    photosWithoutVector: compared?.photosWithoutVector,
    vectorsWithoutPhoto: compared?.vectorsWithoutPhoto,
  };
}

/** What cannot be read because of damage is told by the checks. */
const damages: readonly DamageCode[] = ["CATALOG_DAMAGED", "STORE_DAMAGED"];

const nothing: Awaited<ReturnType<typeof Vectors.verify>> = { rows: 0, files: 0, damage: [], notes: [] };

async function verifyStore(directory: string, signal: AbortSignal | undefined): ReturnType<typeof Vectors.verify> {
  try {
    return await Vectors.verify(directory, signal);
  } catch (error) {
    if (!isDamage(error, damages)) throw error;
    return { ...nothing, damage: [{ path: directory, what: "it holds no files of a vector store" }] };
  }
}

/** In this order, so that what an index run commits meanwhile is not taken for a photo without its vector. */
function compare(
  catalog: Catalog,
  directory: string | undefined,
  dims: number | undefined,
): { photosWithoutVector: number; vectorsWithoutPhoto: number } {
  const photos = catalog.files.presentByContent();
  const ids = directory === undefined || dims === undefined || !existsSync(directory) ? [] : idsIn(directory, dims);
  const stored = new Set(ids);
  const without = photos.filter(({ contentId }) => contentId === null || !stored.has(contentId));
  return {
    photosWithoutVector: without.reduce((sum, { files }) => sum + files, 0),
    vectorsWithoutPhoto: sortedDifference(ids, catalog.contents.encodableIds()).length,
  };
}

function idsIn(directory: string, dims: number): number[] {
  using vectors = Vectors.open(directory, { dims, write: false });
  return vectors.ids();
}
