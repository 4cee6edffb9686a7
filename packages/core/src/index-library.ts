import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { type BytePath, isWithin } from "./byte-path.ts";
import type { ModelRow } from "./db/models-table.ts";
import type { Catalog } from "./db/open-catalog.ts";
import { ClipfindError } from "./errors.ts";
import type { IndexOptions } from "./index-options.ts";
import { checkTowers } from "./indexing/check-towers.ts";
import { chooseModel } from "./indexing/choose-model.ts";
import type { IndexEvent, PhotosEvent } from "./indexing/index-event.ts";
import { indexingStopped } from "./indexing/indexing-stopped.ts";
import { indexOnDevice } from "./indexing/index-on-device.ts";
import { outermost, resolveRoots, rootsToScan } from "./indexing/resolve-roots.ts";
import { type LastRun, rememberRun } from "./last-run.ts";
import { storeDirectory } from "./library-model.ts";
import { PhotoEncoders } from "./photos/photo-encoders.ts";
import { reasonOf } from "./photos/read-photo.ts";
import { cpuTime } from "./photos/stage-times.ts";
import { openForWriting } from "./upkeep/open-for-writing.ts";

/** What Library.index works on. */
export interface IndexPlace {
  /** Directory of the library. */
  readonly library: string;
  readonly catalog: Catalog;
  readonly modelDirectory: string | undefined;
}

/**
 * One index run: which folders, which model, its vectors opened for writing and mended if need be, then the photos.
 * @throws ClipfindError as for Library.index
 */
export async function* indexLibrary(
  { library, catalog, modelDirectory }: IndexPlace,
  directories: readonly string[],
  options: IndexOptions,
): AsyncGenerator<IndexEvent, void, void> {
  const {
    shards,
    signal,
    rules,
    newRules,
    rehash,
    retryFailed,
    prune,
    precision,
    device: wished,
    ...encoding
  } = options;
  const started = cpuTime();
  const { models } = catalog;
  const known = catalog.roots.all();
  const forgettable = prune === true ? known.map(({ path }) => path) : [];
  const named = directories.length > 0 ? resolveRoots(directories, forgettable) : knownRoots(catalog);
  const roots = rootsToScan(named, known, rules, newRules);

  const { nice, photoTimeout, maxMegapixels, workers, maxMemory } = encoding;
  const wish = { directory: modelDirectory, precision, device: wished };
  const choice = await chooseModel(models, wish, roots, {
    nice,
    photoTimeout,
    maxMegapixels,
    workers,
    maxMemory,
    signal,
  }).catch((cause: unknown) => {
    throw signal?.aborted === true && !(cause instanceof ClipfindError) ? indexingStopped(cause) : cause;
  });
  const { model, agreement, tried, verified } = choice;
  const { directory, fingerprint, manifest } = model;
  const { dims, name } = manifest;
  const { device } = choice;
  if (choice.told !== undefined) yield { type: "device", device, reason: choice.told };
  if (choice.compared !== undefined) yield { type: "compared", precision: model.precision, agreement: choice.compared };
  // Where vectors are lost, the other folders are looked into, too.
  const others = known.filter(({ path }) => !roots.some((root) => root.path === path));
  const svg = [...roots, ...others].some(({ rules: { svg: taken } }) => taken === true);
  await using encoders = new PhotoEncoders(model, { ...encoding, device, svg });
  const before = models.byFingerprint(fingerprint);
  if (before === undefined) await checkTowers(model, encoders);

  const searched = models.current();
  const isSearched = searched === undefined || searched.fingerprint === fingerprint;
  const photos = isSearched ? 0 : catalog.contents.encodableIds().length;
  if (photos > 0) {
    const [from, to] = [searched, { name, precision: model.precision }].map((it) => `${it?.name} in ${it?.precision}`);
    yield { type: "model", from: from!, to: to!, photos };
  }

  mkdirSync(join(library, "vectors"), { recursive: true });
  const place = storeDirectory(library, fingerprint);
  const opened = await openForWriting({ catalog, directory: place, dims, shards, signal });
  using vectors = opened.vectors;
  if (opened.repaired !== undefined) yield { type: "repaired", path: place, ...opened.repaired };
  if (opened.resharded !== undefined) yield { type: "resharded", ...opened.resharded };
  catalog.transaction(() => {
    const complete = isSearched && before?.complete === true;
    const row = {
      name,
      fingerprint,
      dims,
      directory,
      precision: model.precision,
      agreement,
      tried,
      verified,
      devices: before?.devices ?? [device],
      complete,
    };
    if (!isSameRow(models.chosen(), row)) models.choose(row);
    models.addDevices(fingerprint, [device]);
    for (const path of named) {
      catalog.roots.put(path, rules ?? (known.some((root) => root.path === path) ? undefined : newRules));
    }
    if (retryFailed === true) catalog.files.forgetFailures();
  });
  const run = { catalog, vectors, model, encoders, isSearched, agreement, roots, rehash, prune, svg, signal };
  const prepare = cpuTime() - started + (choice.spent ?? 0);
  let done: Extract<PhotosEvent, { type: "done" }> | undefined;
  for await (const event of indexOnDevice({ ...encoding, ...run, device, mayFallBack: wished !== device })) {
    if (event.type === "done") done = event;
    else yield event;
  }
  const ended = cpuTime();
  models.setComplete(fingerprint);
  const isOfAll = known.every(({ path }) => roots.some((root) => isWithin(path, root.path)));
  if (done !== undefined && isOfAll && encoding.part === undefined) await rememberRun(library, ...whatToRemember(done));
  try {
    const { calibrateLibrary } = await import("./relevance/calibrate-library.ts");
    await calibrateLibrary(library, model, vectors);
  } catch (error) {
    // Searches do without confidences; the next run measures them.
    yield { type: "problem", path: library, reason: `Scores could not be calibrated: ${reasonOf(error)}` };
  }
  try {
    await vectors.compact({ signal });
  } catch (error) {
    // Everything is indexed; what could not be tidied up now, the next run tidies up.
    if (!(error instanceof ClipfindError)) throw error;
    if (error.code !== "ABORTED") yield { type: "problem", path: place, reason: error.message };
  }
  if (done !== undefined) yield { ...done, stages: { prepare, ...done.stages, finish: cpuTime() - ended } };
}

/** What searches want to know of a run, and whether there was anything new. */
function whatToRemember({ progress, means, stages }: Extract<PhotosEvent, { type: "done" }>): [LastRun, boolean] {
  const { elapsedMs, encodeMs, encoded, toRead, reused, missing } = progress;
  const { start, hash, decode, preprocess, encode } = stages;
  const workers = Math.max(1, means.workers);
  const run = {
    finished: Date.now(),
    scanMs: Math.round(elapsedMs - encodeMs),
    startMs: encoded === 0 ? null : Math.round(start / workers),
    photoMs: encoded === 0 ? null : Math.round((hash + decode + preprocess + encode) / encoded / workers),
  };
  return [run, toRead + reused + missing > 0];
}

function knownRoots(catalog: Catalog): BytePath[] {
  const roots = catalog.roots.all().map(({ path }) => path);
  // A folder may have been indexed before one that holds it.
  if (roots.length > 0) return outermost(roots);
  throw new ClipfindError("INVALID_ARGUMENT", "Expected a directory to index: this library has none yet", {
    hint: "Name one: `clipfind index DIR`.",
  });
}

/** Whether nothing of the row would change: a run that finds nothing new writes nothing. */
function isSameRow(before: ModelRow | undefined, row: ModelRow): boolean {
  return before !== undefined && JSON.stringify({ ...before, ...row }) === JSON.stringify(before);
}
