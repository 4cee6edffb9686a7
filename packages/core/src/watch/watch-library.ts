import { realpathSync } from "node:fs";
import { bytePathFromText, bytePathToText } from "../byte-path.ts";
import { ClipfindError } from "../errors.ts";
import type { IndexOptions } from "../index-options.ts";
import type { IndexEvent } from "../indexing/index-event.ts";
import { outermost, resolveRoots } from "../indexing/resolve-roots.ts";
import type { Library } from "../library.ts";
import { ChangesSeen, sleep } from "./changes-seen.ts";
import { WatchMark } from "./watch-mark.ts";
import { type FolderState, WatchedFolder } from "./watched-folder.ts";

/** All times in milliseconds. */
export interface WatchOptions extends IndexOptions {
  /** Folders to watch; unless given, all that were indexed before. */
  readonly directories?: readonly string[] | undefined;
  /** Index again after changes when there was no other for so long; 1,500 unless given. */
  readonly quiet?: number | undefined;
  /** Index again after a change at the latest when it is so old; 10,000 unless given. */
  readonly mostDelay?: number | undefined;
  /** Look through the folders so often even if no change was heard of; an hour unless given. */
  readonly rescanEvery?: number | undefined;
}

/** What watching reports: the events of its index runs, each of which ends with "done", and what happens in between. */
export type WatchEvent =
  | IndexEvent
  /** From now on changes are heard of; or not any more, or not yet, and only the regular runs find them. */
  | FolderState
  /** Another process writes to the library; the run begins when it has ended. */
  | { readonly type: "waiting"; readonly reason: string };

/** Milliseconds between two looks whether folders are still there, or there again. */
const lookEvery = 2000;
/** Milliseconds between two tries to write to a library that another process writes to. */
const retryEvery = 1000;

/**
 * Brings a library up to date and keeps it so, until it is aborted: listens for changes in its folders and indexes
 * again when they have calmed down, and every `rescanEvery` in any case. A folder that goes away, with its disk say, is
 * left as it is and is watched again when it is back. Between runs other processes may write to the library.
 * @throws ClipfindError (from the iterator) ABORTED; INVALID_ARGUMENT, NOT_A_DIRECTORY (at the beginning); and what
 *   Library.index throws, but for LIBRARY_LOCKED
 */
export async function* watchLibrary(
  library: Library,
  options: WatchOptions = {},
): AsyncGenerator<WatchEvent, void, void> {
  const { directories = [], quiet = 1500, mostDelay = 10_000, rescanEvery = 3_600_000, ...indexing } = options;
  const later = { ...indexing, rules: undefined, prune: undefined, rehash: undefined, retryFailed: undefined };
  const signal = options.signal ?? new AbortController().signal;
  const changes = new ChangesSeen();
  const paths = foldersOf(library, directories);
  const folders = paths.map((path) => new WatchedFolder(path, [realpathSync(library.directory)], () => changes.add()));
  const problems = new Problems();
  const mark = new WatchMark(library.directory, paths);
  try {
    for (let first = true; ; first = false) {
      // Before the run, so that it sees everything that they will not tell.
      for (const folder of folders) {
        const state = await folder.renew();
        if (state !== undefined) yield state;
      }
      const there = folders.filter((folder) => folder.isThere).map(({ path }) => path);
      const how = first ? indexing : later;
      if (there.length > 0) yield* problems.onlyNew(indexWhenFree(library, there, how, signal));
      const until = performance.now() + rescanEvery;
      while (!changes.any && !signal.aborted && performance.now() < until) {
        await changes.pause(Math.min(lookEvery, until - performance.now()), signal);
        if (folders.some((folder) => folder.isAnother)) changes.add();
      }
      await changes.settled({ quiet, most: mostDelay }, signal);
      assertGoesOn(signal);
    }
  } finally {
    mark[Symbol.dispose]();
    await Promise.all(folders.map((folder) => folder.close()));
  }
}

/** Indexes as soon as no other process writes to the library. */
async function* indexWhenFree(
  library: Library,
  directories: readonly string[],
  options: IndexOptions,
  signal: AbortSignal,
): AsyncGenerator<WatchEvent, void, void> {
  for (let isTold = false; ;) {
    try {
      yield* library.index(directories, options);
      return;
    } catch (error) {
      if (!(error instanceof ClipfindError)) throw error;
      // Gone since it was looked for.
      if (error.code === "NOT_A_DIRECTORY") return;
      if (error.code !== "LIBRARY_LOCKED") throw error;
      if (!isTold) yield { type: "waiting", reason: error.message };
      isTold = true;
    }
    await sleep(retryEvery, signal);
    assertGoesOn(signal);
  }
}

/** Leaves out what the run before has told already. */
class Problems {
  #before = new Set<string>();

  async *onlyNew(events: AsyncIterable<WatchEvent>): AsyncGenerator<WatchEvent, void, void> {
    const now = new Set<string>();
    for await (const event of events) {
      const text = event.type === "problem" ? JSON.stringify([event.path, event.reason]) : undefined;
      if (text !== undefined) now.add(text);
      if (text === undefined || !this.#before.has(text)) yield event;
    }
    this.#before = now;
  }
}

/** @throws ClipfindError INVALID_ARGUMENT, NOT_A_DIRECTORY, PERMISSION_DENIED */
function foldersOf(library: Library, directories: readonly string[]): string[] {
  if (directories.length > 0) return resolveRoots(directories).map((path) => bytePathToText(path));
  const roots = outermost(library.status().roots.map((path) => bytePathFromText(path)));
  if (roots.length > 0) return roots.map((path) => bytePathToText(path));
  throw new ClipfindError("INVALID_ARGUMENT", "Expected a directory to watch: this library has none yet", {
    hint: "Name one: `clipfind watch DIR`.",
  });
}

function assertGoesOn(signal: AbortSignal): void {
  if (!signal.aborted) return;
  throw new ClipfindError("ABORTED", "Watching was stopped; what was indexed is kept", {
    cause: signal.reason,
    hint: "Run the same command again to go on.",
  });
}
