import { bytePathToText } from "./byte-path.ts";
import type { Catalog } from "./db/open-catalog.ts";
import { ClipfindError } from "./errors.ts";
import { findWork, type Work } from "./indexing/find-work.ts";
import { KnownSizes } from "./indexing/known-sizes.ts";
import { outermost, rootsToScan } from "./indexing/resolve-roots.ts";
import { lastRun } from "./last-run.ts";
import { watchedFolders } from "./watch/watch-mark.ts";

/** How far an index is behind its folders. */
export interface Freshness {
  /** ms since 1970: when the last run over all folders came to its end; undefined where that is not known. */
  readonly indexedAt: number | undefined;
  /** Whether `clipfind watch` keeps all folders up to date at the moment. */
  readonly isWatched: boolean;
  /** What a look into the folders found; undefined when there was none, or it took too long. */
  readonly changes: FolderChanges | undefined;
}

export interface FolderChanges {
  /** Files that are new, changed or back. */
  readonly files: number;
  /** Milliseconds that indexing them will take, judged by the last run; undefined where it cannot be judged. */
  readonly expectedMs: number | undefined;
}

export interface FreshnessOptions {
  /** Milliseconds that a look into the folders may take; a second unless given, 0: none. */
  readonly lookFor?: number | undefined;
  /** False where an index run would encode more than what has changed in the folders, because vectors are missing. */
  readonly isSettled?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Bytes per millisecond that a slow disk reads. */
const readingPace = 50_000;

/**
 * How far the library in `directory` is behind its folders. Looks into them where the last run knew within `lookFor`
 * milliseconds what was new, and gives up after that time; 0: does not look. Writes nothing.
 * @throws ClipfindError INVALID_ARGUMENT, CATALOG_*, ABORTED
 */
export async function freshnessOf(
  directory: string,
  catalog: Catalog,
  { lookFor = 1000, isSettled = true, signal }: FreshnessOptions = {},
): Promise<Freshness> {
  const run = lastRun(directory);
  const known = catalog.roots.all();
  const watched = new Set(watchedFolders(directory));
  const isWatched =
    known.length > 0 && outermost(known.map(({ path }) => path)).every((path) => watched.has(bytePathToText(path)));
  const told = { indexedAt: run?.finished, isWatched };
  if (isWatched || known.length === 0 || lookFor <= 0 || (run !== undefined && run.scanMs > lookFor)) {
    return { ...told, changes: undefined };
  }
  const sizes = new KnownSizes(catalog);
  const roots = rootsToScan(outermost(known.map(({ path }) => path)), known);
  let strangers = 0;
  const work = await within(lookFor, signal, (stop) =>
    findWork(
      { catalog, sizes, roots, dry: true, signal: stop },
      {
        scanned: (counts) => (strangers += counts.strangers),
        unreadable: () => undefined,
        problem: () => undefined,
        missing: () => undefined,
      },
    ),
  );
  if (work === undefined) return { ...told, changes: undefined };
  const { startMs, photoMs } = run ?? { startMs: null, photoMs: null };
  const reading = work.files.bytes / readingPace;
  const isJudged = isSettled && (strangers === 0 || (startMs !== null && photoMs !== null));
  const encoding = strangers === 0 ? 0 : (startMs ?? 0) + strangers * (photoMs ?? 0);
  const files = work.files.length + work.returned;
  return { ...told, changes: { files, expectedMs: isJudged ? reading + encoding : undefined } };
}

/** What `look` finds within `ms`; undefined when it takes longer. */
async function within(
  ms: number,
  signal: AbortSignal | undefined,
  look: (stop: AbortSignal) => Promise<Work>,
): Promise<Work | undefined> {
  const late = AbortSignal.timeout(ms);
  const stop = signal === undefined ? late : AbortSignal.any([late, signal]);
  // A drive that does not answer must not keep anybody waiting.
  const stopped = new Promise<undefined>((resolve) => {
    stop.addEventListener("abort", () => resolve(undefined), { once: true });
  });
  const looking = look(stop).catch((error: unknown) => {
    if (stop.aborted) return undefined;
    throw error;
  });
  const work = await Promise.race([looking, stopped]);
  if (signal?.aborted === true) throw new ClipfindError("ABORTED", "The search was stopped", { cause: signal.reason });
  return work;
}
