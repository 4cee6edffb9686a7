import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { bytePathToText } from "../byte-path.ts";
import type { Catalog } from "../db/open-catalog.ts";
import { ClipfindError } from "../errors.ts";
import { BatchWriter } from "../indexing/batch-writer.ts";
import { checkTowers } from "../indexing/check-towers.ts";
import { heal } from "../indexing/heal.ts";
import { resolveRoots, rootsToScan } from "../indexing/resolve-roots.ts";
import { modelToSearch, storeDirectory } from "../library-model.ts";
import { checkModel } from "../models/check-model.ts";
import type { Model } from "../models/open-model.ts";
import { PhotoEncoders } from "../photos/photo-encoders.ts";
import { openForWriting } from "../upkeep/open-for-writing.ts";
import { checkAgreement, type ImportSource } from "./check-agreement.ts";
import { type ImportCounts, importCounts } from "./import-counts.ts";
import { importRoots } from "./import-roots.ts";
import { photosOnDisk } from "./photos-on-disk.ts";
import { planImport } from "./plan-import.ts";
import { openRclipDatabase, type RclipDatabase } from "./rclip-database.ts";
import type { RclipImportEvent, RclipImportOptions } from "./rclip-import-event.ts";
import { takeEntries } from "./take-entries.ts";

export type { RclipImportEvent, RclipImportOptions } from "./rclip-import-event.ts";

/** The library that an import goes into. */
export interface ImportingLibrary {
  readonly directory: string;
  readonly catalog: Catalog;
  /** As given when it was opened. */
  readonly modelDirectory: string | undefined;
}

/**
 * Takes the vectors of rclip's index at `path` (schema 3 or 4) into a library, without encoding the photos again. An
 * entry counts if its file has the size and modification time that rclip has noted: it is read once, for its hash. All
 * others are told and left to the next index run. What the library knows already is not read; so an import that was
 * killed is completed by another one. rclip's file is only read.
 * @throws ClipfindError (from the iterator) IMPORT_SOURCE_UNUSABLE, MODEL_MISMATCH (the vectors are not the model's),
 *   INVALID_ARGUMENT (no model is named), MODEL_*, NOT_A_DIRECTORY, LIBRARY_LOCKED, ABORTED, DISK_FULL, SHARD_MISSING,
 *   CATALOG_*, STORE_*
 */
export async function* importRclip(
  library: ImportingLibrary,
  path: string,
  options: RclipImportOptions,
): AsyncGenerator<RclipImportEvent, void, void> {
  const { signal } = options;
  try {
    yield* run(library, path, options);
  } catch (cause) {
    if (signal?.aborted !== true || cause instanceof ClipfindError) throw cause;
    throw new ClipfindError("ABORTED", "Importing was stopped; everything imported so far is kept", {
      cause,
      hint: "Run the same command again to go on where it stopped.",
    });
  }
}

async function* run(
  library: ImportingLibrary,
  path: string,
  { roots: folders = [], check = true, signal }: RclipImportOptions,
): AsyncGenerator<RclipImportEvent, void, void> {
  const { directory, catalog } = library;
  const model = modelOf(library);
  const { fingerprint, manifest } = model;
  const { dims, name } = manifest;
  using database = openRclipDatabase(path, dims);
  assertDims(database, model);
  const before = catalog.models.current();
  const verified = await checkModel(model, before?.verified);
  const known = catalog.roots.all();
  const paths = known.map((root) => root.path);
  const named = folders.length > 0 ? resolveRoots(folders) : importRoots(database.folders(), paths);
  yield { type: "roots", roots: named.map(bytePathToText) };

  const counts = importCounts();
  const look = async (): Promise<ImportSource> => ({
    database,
    photos: await photosOnDisk(catalog, rootsToScan(named, known), signal),
  });
  const agree = async function* (from: ImportSource, { same, toRead }: Plan) {
    if (!check || toRead.length === 0) return;
    await using encoders = new PhotoEncoders(model, { workers: 1 });
    if (before === undefined) await checkTowers(model, encoders);
    yield { type: "checked", ...(await checkAgreement(from, same, { model, encoders, signal })) } as const;
  };
  let source = await look();
  let rows = yield* plan(source, counts, signal);
  yield* agree(source, rows);
  if (rows.toRead.length === 0 && before === undefined) {
    // Nothing says that the vectors are of this model: the library is not bound to it.
    yield counts.event("done");
    return;
  }

  // Only now is anything written.
  mkdirSync(join(directory, "vectors"), { recursive: true });
  const place = storeDirectory(directory, fingerprint);
  const opened = await openForWriting({ catalog, directory: place, dims, shards: undefined, signal });
  using vectors = opened.vectors;
  if (opened.repaired !== undefined) yield { type: "repaired", path: place, ...opened.repaired };
  const health = await heal(catalog, vectors, true);
  if (health.files > 0) {
    // The library has lost some vectors of what counted as known.
    counts.reset();
    source = await look();
    const isChecked = rows.toRead.length > 0;
    rows = yield* plan(source, counts, signal);
    if (!isChecked) yield* agree(source, rows);
  }
  catalog.transaction(() => {
    if (before?.directory !== model.directory || JSON.stringify(before.verified) !== JSON.stringify(verified)) {
      // rclip's vectors are exact; what comes after them must be, too.
      const agreement = before?.agreement ?? (manifest.compiled === undefined ? null : "by hand");
      const complete = before?.complete ?? true;
      const { precision } = model;
      catalog.models.choose({
        name,
        fingerprint,
        dims,
        directory: model.directory,
        precision,
        agreement,
        verified,
        devices: before?.devices ?? ["cpu"],
        complete,
      });
    }
    for (const root of named) catalog.roots.put(root);
  });
  const writer = new BatchWriter(catalog, vectors);
  try {
    for await (const { leftOut, ...more } of takeEntries(source, rows.toRead, {
      catalog,
      writer,
      dims,
      lost: health.lost,
    })) {
      counts.add(more);
      yield* counts.leaveOut(leftOut);
      yield counts.event("progress");
      signal?.throwIfAborted();
    }
  } finally {
    await writer.flush();
  }
  await vectors.compact({ signal }).catch((error: unknown) => {
    // Everything is imported; what could not be tidied up now, the next index run tidies up.
    if (!(error instanceof ClipfindError)) throw error;
  });
  yield counts.event("done");
}

/** Ids of rows, as in PlannedPage. */
interface Plan {
  readonly same: readonly number[];
  readonly toRead: readonly number[];
}

/** Looks at all rows. */
async function* plan(
  { database, photos }: ImportSource,
  counts: ImportCounts,
  signal: AbortSignal | undefined,
): AsyncGenerator<RclipImportEvent, Plan, void> {
  const all = { same: [] as number[], toRead: [] as number[] };
  for await (const { same, toRead, leftOut, entries } of planImport(database, photos, signal)) {
    for (const id of same) all.same.push(id);
    for (const id of toRead) all.toRead.push(id);
    counts.add({ entries, known: same.length - toRead.length, toRead: toRead.length });
    yield* counts.leaveOut(leftOut);
    yield counts.event("progress");
  }
  return all;
}

function modelOf({ catalog, modelDirectory }: ImportingLibrary): Model {
  const row = catalog.models.current();
  if (row === undefined && modelDirectory === undefined) {
    throw new ClipfindError("INVALID_ARGUMENT", "Expected the model that rclip's vectors are of, found none named", {
      hint: "rclip 3 has OpenCLIP's ViT-B-32-256 (datacomp_s34b_b86k): name a directory of it with --model (docs/import-rclip.md).",
    });
  }
  const model = modelToSearch(catalog.models, modelDirectory);
  if (model.precision === "fp32") return model;
  throw new ClipfindError("MODEL_MISMATCH", "rclip's vectors are exact, those of this library are of int8", {
    hint: "Import into a library of its own with --library, or run `clipfind index --precision fp32` first.",
  });
}

function assertDims(database: RclipDatabase, { manifest }: Model): void {
  const bytes = database.vectorBytes();
  if (bytes === undefined || bytes === 4 * manifest.dims) return;
  throw new ClipfindError(
    "MODEL_MISMATCH",
    `rclip's vectors in ${database.path} have ${bytes / 4} numbers, those of ${manifest.name} have ${manifest.dims}`,
    { hint: "Name a directory of rclip's model with --model (docs/import-rclip.md). Nothing was imported." },
  );
}
