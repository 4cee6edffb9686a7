import { bytePathToText } from "../byte-path.ts";
import type { Catalog } from "../db/open-catalog.ts";
import type { ModelRow } from "../db/models-table.ts";
import type { RootRow } from "../db/roots-table.ts";
import { ClipfindError } from "../errors.ts";
import type { Model } from "../models/open-model.ts";
import type { Vectors } from "../vectors.ts";
import { BatchWriter } from "./batch-writer.ts";
import { describeKnown } from "./describe-known.ts";
import { encodeFiles } from "./encode-files.ts";
import { findWork, type ScanListener } from "./find-work.ts";
import { heal } from "./heal.ts";
import { indexingStopped } from "./indexing-stopped.ts";
import type { PhotosEvent, PhotosStages } from "./index-event.ts";
import { KnownSizes } from "./known-sizes.ts";
import { assertPart, type Part } from "./part-of.ts";
import { ProgressFeed } from "./progress-feed.ts";
import { readSidecars } from "./read-sidecars.ts";
import { PhotoEncoders, type PhotoEncodersOptions } from "../photos/photo-encoders.ts";
import { PhotoReader } from "../photos/photo-reader.ts";
import { cpuTime } from "../photos/stage-times.ts";
import { reasonOf } from "../photos/read-photo.ts";

export interface IndexPhotosOptions extends PhotoEncodersOptions {
  readonly catalog: Catalog;
  /** Opened for writing. */
  readonly vectors: Vectors;
  readonly model: Model;
  /** Those of the run, made with these options; it makes its own unless given, and ends them in any case. */
  readonly encoders?: PhotoEncoders | undefined;
  /** Whether these vectors are the ones searched; if not, another model's are until this run has come to its end. */
  readonly isSearched: boolean;
  readonly agreement: ModelRow["agreement"];
  /** Folders to walk. Where vectors are lost, all that were ever indexed are looked into. */
  readonly roots: readonly RootRow[];
  /** As in IndexOptions. */
  readonly rehash?: boolean | undefined;
  readonly prune?: boolean | undefined;
  readonly part?: Part | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Indexes `roots`: scans, reads what is new or changed, encodes what is unknown, commits every two seconds. Yields
 * progress a few times a second; leaving the loop early, like aborting, finishes the photos in hand and commits them.
 * @throws ClipfindError ABORTED after an abort; MODEL_*, DISK_FULL, STORE_* when the run cannot go on
 */
export async function* indexPhotos(options: IndexPhotosOptions): AsyncGenerator<PhotosEvent, void, void> {
  const { catalog, vectors, model, isSearched, agreement, roots, rehash, prune, part, signal } = options;
  if (part !== undefined) assertPart(part);
  const stop = new AbortController();
  const stopping = signal === undefined ? stop.signal : AbortSignal.any([signal, stop.signal]);
  const feed = new ProgressFeed();

  await using encoders = options.encoders ?? new PhotoEncoders(model, options);
  await using reader = new PhotoReader(options);

  const run = async (): Promise<PhotosStages> => {
    const started = cpuTime();
    const health = await heal(catalog, vectors, isSearched);
    // A photo whose vector is lost is to be read again wherever it is.
    const known = catalog.roots.all();
    const folders =
      health.files > 0 ? [...roots, ...known.filter(({ path }) => !roots.some((it) => it.path === path))] : roots;
    const sizes = new KnownSizes(catalog);
    const {
      files: work,
      sidecars,
      settle,
    } = await findWork(
      { catalog, sizes, roots: folders, rehash, prune, part, signal: stopping },
      scanListener(feed, encoders, reader),
    );
    feed.add({ bytesToRead: work.bytes });
    feed.startEncoding();
    const walk = cpuTime() - started;
    const writer = new BatchWriter(catalog, vectors);
    try {
      await encodeFiles({ work, encoders, reader, sizes, catalog, writer, health, feed, signal: stopping });
      await writer.flush();
      await describeKnown({ catalog, reader, roots: folders, feed, signal: stopping });
      await readSidecars({ catalog, reader, directories: sidecars, feed, signal: stopping });
    } finally {
      await writer.flush();
      settle();
    }
    stopping.throwIfAborted();
    const [encoding, reading] = await Promise.all([encoders.close(), reader.times()]);
    const [start, hash] = [encoding.start + reading.start, encoding.hash + reading.hash];
    return { walk, ...encoding, start, hash, write: cpuTime() - started - walk };
  };

  const running = feed.follow(run());
  // Awaited below, but perhaps not before it fails.
  running.catch(() => undefined);
  try {
    yield* feed.events();
    const stages = await running;
    catalog.models.addDevices(model.fingerprint, [...encoders.devicesUsed]);
    const { manifest, precision } = model;
    const means = {
      device: options.device ?? "cpu",
      model: manifest.name,
      precision,
      agreement,
      workers: encoders.slots.length,
    } as const;
    yield { type: "done", progress: feed.progress(), means, stages };
  } catch (cause) {
    if (!stopping.aborted || cause instanceof ClipfindError) throw cause;
    throw indexingStopped(cause);
  } finally {
    stop.abort();
    // Leaving the loop early lands here too: the commit comes first. A failure was thrown above or has no listener.
    await running.catch(() => undefined);
  }
}

function scanListener(feed: ProgressFeed, encoders: PhotoEncoders, reader: PhotoReader): ScanListener {
  let strange = 0;
  return {
    scanned: ({ found, unchanged, returned, toRead, strangers }) => {
      feed.add({ found, unchanged, reused: returned, toRead });
      // They load the model while the scan goes on; a run that finds nothing new, or only new names, starts none.
      strange += strangers;
      encoders.warmUp(strange);
      if (toRead > strangers) reader.warmUp();
    },
    unreadable: (directory, error) => {
      feed.add({ failed: 1 });
      const isGone = error.code === "ENOENT" || error.code === "ENOTDIR";
      const reason = isGone ? "not found; is a drive not mounted?" : `${reasonOf(error)}.`;
      feed.problem(bytePathToText(directory), `${reason} What is indexed from there is left as it is`);
    },
    problem: (path, reason) => {
      feed.add({ failed: 1 });
      feed.problem(bytePathToText(path), reason);
    },
    missing: (files) => feed.add({ missing: files }),
  };
}
