import { availableParallelism } from "node:os";
import { type BytePath, bytePathToText } from "../byte-path.ts";
import type { Catalog } from "../db/open-catalog.ts";
import { ClipfindError } from "../errors.ts";
import type { Model } from "../models/open-model.ts";
import type { Vectors } from "../vectors.ts";
import { BatchWriter } from "./batch-writer.ts";
import { encodeFiles } from "./encode-files.ts";
import { findWork } from "./find-work.ts";
import { heal } from "./heal.ts";
import type { IndexEvent } from "./index-event.ts";
import { ProgressFeed } from "./progress-feed.ts";
import { outermost } from "./resolve-roots.ts";
import { reasonOf } from "../photos/read-photo.ts";

export interface IndexPhotosOptions {
  readonly catalog: Catalog;
  /** Opened for writing. */
  readonly vectors: Vectors;
  readonly model: Model;
  /** Absolute directories, none inside another. Where vectors are lost, all that were ever indexed are looked into. */
  readonly roots: readonly BytePath[];
  /** Encoder threads; one per core unless given. */
  readonly workers?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Indexes `roots`: scans, reads what is new or changed, encodes what is unknown, commits every two seconds. Yields
 * progress a few times a second; leaving the loop early, like aborting, finishes the photos in hand and commits them.
 * @throws ClipfindError ABORTED after an abort; MODEL_*, DISK_FULL, STORE_* when the run cannot go on
 */
export async function* indexPhotos(options: IndexPhotosOptions): AsyncGenerator<IndexEvent, void, void> {
  const { catalog, vectors, model, roots, workers = availableParallelism(), signal } = options;
  const stop = new AbortController();
  const stopping = signal === undefined ? stop.signal : AbortSignal.any([signal, stop.signal]);
  const feed = new ProgressFeed();

  const run = async (): Promise<void> => {
    const health = await heal(catalog, vectors);
    // A photo whose vector is lost is to be read again wherever it is.
    const folders = health.files > 0 ? outermost([...roots, ...catalog.roots.all()]) : roots;
    const work = await findWork(catalog, folders, scanListener(feed), stopping);
    feed.startEncoding();
    const writer = new BatchWriter(catalog, vectors);
    try {
      await encodeFiles({ work, model, catalog, writer, health, feed, workers, signal: stopping });
    } finally {
      await writer.flush();
    }
    stopping.throwIfAborted();
  };

  const running = feed.follow(run());
  // Awaited below, but perhaps not before it fails.
  running.catch(() => undefined);
  try {
    yield* feed.events();
    await running;
    yield { type: "done", progress: feed.progress() };
  } catch (cause) {
    if (!stopping.aborted || cause instanceof ClipfindError) throw cause;
    throw new ClipfindError("ABORTED", "Indexing was stopped; everything finished so far is kept", {
      cause,
      hint: "Run the same command again to go on where it stopped.",
    });
  } finally {
    stop.abort();
    // Leaving the loop early lands here too: the commit comes first. A failure was thrown above or has no listener.
    await running.catch(() => undefined);
  }
}

function scanListener(feed: ProgressFeed): Parameters<typeof findWork>[2] {
  return {
    scanned: ({ found, unchanged, returned, toRead }) => feed.add({ found, unchanged, reused: returned, toRead }),
    unreadable: (directory, error) => {
      feed.add({ failed: 1 });
      const isGone = error.code === "ENOENT" || error.code === "ENOTDIR";
      const reason = isGone ? "not found; is a drive not mounted?" : `${reasonOf(error)}.`;
      feed.problem(bytePathToText(directory), `${reason} What is indexed from there is left as it is`);
    },
    missing: (files) => feed.add({ missing: files }),
  };
}
