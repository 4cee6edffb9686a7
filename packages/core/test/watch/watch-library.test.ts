import { mkdirSync, readdirSync, renameSync, rmSync, unlinkSync } from "node:fs";
import { join, relative } from "node:path";
import { setTimeout } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { copyDrawings } from "../../../../test/support/drawings.ts";
import { writeSidecar } from "../../../../test/support/sidecar.ts";
import { temporaryDirectory } from "../../../../test/support/temporary-directory.ts";
import { Library, type WatchEvent, watchLibrary, type WatchOptions } from "../../src/index.ts";

/** A library that is watched, and what was told so far but progress. */
function watch(directory: string, options: WatchOptions) {
  const stop = new AbortController();
  const events: Exclude<WatchEvent, { type: "progress" }>[] = [];
  const run = async (): Promise<unknown> => {
    await using library = Library.open(directory);
    try {
      const all = watchLibrary(library, { quiet: 300, workers: 1, ...options, signal: stop.signal });
      for await (const event of all) if (event.type !== "progress") events.push(event);
      return "ended";
    } catch (error) {
      return error;
    }
  };
  const running = run();
  onTestFinished(async () => {
    stop.abort();
    await running;
  });
  return {
    events,
    /** Waits for an event that was not there yet. */
    next: async (type: WatchEvent["type"], from: number): Promise<void> => {
      for (let ms = 0; !events.slice(from).some((event) => event.type === type); ms += 50) {
        if (ms > 30_000) throw new Error(`expected "${type}", found ${JSON.stringify(events.slice(from))}`);
        await setTimeout(50);
      }
    },
    stop: (): Promise<unknown> => {
      stop.abort();
      return running;
    },
  };
}

/** The photos that can be found, by their path below `folder`. */
async function found(directory: string, folder: string): Promise<string[]> {
  await using library = Library.open(directory, { mustExist: true });
  const { hits } = await library.search("a red car", { limit: 100 });
  return hits.flatMap(({ copies, path }) => [path, ...copies].map((it) => relative(folder, it))).toSorted();
}

async function expectFound(directory: string, folder: string, names: readonly string[]): Promise<void> {
  await expect.poll(() => found(directory, folder), { timeout: 30_000 }).toEqual(names.toSorted());
}

test("what is created, renamed, replaced, deleted, moved in with folders: the index follows", async () => {
  const [directory, folder, outside] = [temporaryDirectory(), temporaryDirectory(), temporaryDirectory()];
  copyDrawings(folder, 0, 3);
  const watched = watch(directory, { directories: [folder] });
  await watched.next("done", 0);
  const [a = "", b = "", c = ""] = readdirSync(folder).toSorted();
  await expectFound(directory, folder, [a, b, c]);

  const early = watched.events.length;
  writeSidecar(join(folder, `${a}.xmp`), { keywords: ["heard of"] });
  await watched.next("done", early);
  {
    await using library = Library.open(directory);
    expect((await library.search('tag:"heard of"')).hits.map(({ path }) => relative(folder, path))).toEqual([a]);
  }

  renameSync(join(folder, a), join(folder, "renamed.jpg"));
  await expectFound(directory, folder, ["renamed.jpg", b, c]);
  unlinkSync(join(folder, b));
  await expectFound(directory, folder, ["renamed.jpg", c]);

  copyDrawings(join(outside, "deep", "deeper"), 3, 5);
  const [d = "", e = ""] = readdirSync(join(outside, "deep", "deeper")).toSorted();
  renameSync(join(outside, "deep"), join(folder, "in"));
  await expectFound(directory, folder, ["renamed.jpg", c, join("in", "deeper", d), join("in", "deeper", e)]);
  // What comes into a folder that came later is heard of, too.
  const before = watched.events.length;
  renameSync(join(folder, "renamed.jpg"), join(folder, "in", "deeper", "moved.jpg"));
  await watched.next("done", before);
  await expectFound(directory, folder, [c, ...["moved.jpg", d, e].map((name) => join("in", "deeper", name))]);
  unlinkSync(join(folder, "in", "deeper", d));
  await expectFound(directory, folder, [c, ...["moved.jpg", e].map((name) => join("in", "deeper", name))]);

  // A file in place of another: the old content is not found any more.
  renameSync(join(folder, "in", "deeper", e), join(folder, c));
  await expectFound(directory, folder, [c, join("in", "deeper", "moved.jpg")]);
  // Nothing was encoded twice.
  const encoded = watched.events.flatMap((event) => (event.type === "done" ? [event.progress.encoded] : []));
  expect(encoded.reduce((sum, count) => sum + count, 0)).toBe(5);
  expect(await watched.stop()).toMatchObject({ code: "ABORTED" });
});

test("a folder that goes away loses nothing, and is watched again when it is back", async () => {
  const [directory, parent] = [temporaryDirectory(), temporaryDirectory()];
  const folder = join(parent, "photos");
  copyDrawings(folder, 0, 4);
  const names = readdirSync(folder);
  const watched = watch(directory, { directories: [folder] });
  await watched.next("done", 0);
  let before = watched.events.length;
  renameSync(folder, join(parent, "away"));
  await watched.next("unwatched", before);
  expect(watched.events.at(-1)).toEqual({
    type: "unwatched",
    path: folder,
    reason: "not found; is a drive not mounted?",
  });
  {
    await using library = Library.open(directory);
    expect(library.status().files).toEqual({ present: 4, missing: 0, failed: 0 });
  }
  before = watched.events.length;
  // As a mount point whose disk is not there: nothing in it is gone.
  mkdirSync(folder);
  await watched.next("problem", before);
  await watched.next("done", before);
  expect(watched.events.slice(before).map(({ type }) => type)).toEqual(["watching", "problem", "done"]);
  {
    await using library = Library.open(directory);
    expect(library.status().files).toEqual({ present: 4, missing: 0, failed: 0 });
  }
  before = watched.events.length;
  rmSync(folder, { recursive: true });
  renameSync(join(parent, "away"), folder);
  await watched.next("done", before);
  copyDrawings(folder, 4, 5);
  await expectFound(directory, folder, readdirSync(folder));
  expect(readdirSync(folder)).toHaveLength(names.length + 1);
});

test("the index may lie in the folder, and another process may write to it between runs", async () => {
  const folder = temporaryDirectory();
  const directory = join(folder, ".clipfind");
  copyDrawings(folder, 0, 2);
  const watched = watch(directory, { directories: [folder] });
  await watched.next("done", 0);
  await setTimeout(1500);
  // Its own writes are no changes.
  expect(watched.events.map(({ type }) => type)).toEqual(["watching", "done"]);
  await using library = Library.open(directory);
  const other = temporaryDirectory();
  copyDrawings(other, 2, 10);
  const before = watched.events.length;
  const run = library.index([other]);
  await run.next();
  copyDrawings(folder, 10, 11);
  await watched.next("waiting", before);
  // Search does not wait.
  expect((await library.search("a red car")).hits.length).toBeGreaterThan(1);
  for await (const event of run) expect(event.type).not.toBe("problem");
  await watched.next("done", before);
  expect(library.status().files).toEqual({ present: 11, missing: 0, failed: 0 });
});

test("without any event the folders are looked through now and then", async () => {
  const [directory, folder] = [temporaryDirectory(), temporaryDirectory()];
  copyDrawings(folder, 0, 2);
  const watched = watch(directory, { directories: [folder], rescanEvery: 500 });
  await watched.next("done", 0);
  await watched.next("done", 2);
  expect(watched.events.map(({ type }) => type).slice(0, 3)).toEqual(["watching", "done", "done"]);
});

test("nothing to watch, or no folder: refused", async () => {
  await using library = Library.open(temporaryDirectory());
  await expect(watchLibrary(library).next()).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
  const directories = [join(temporaryDirectory(), "none")];
  await expect(watchLibrary(library, { directories }).next()).rejects.toMatchObject({ code: "NOT_A_DIRECTORY" });
});
