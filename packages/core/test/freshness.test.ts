import { existsSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { copyDrawings } from "../../../test/support/drawings.ts";
import { inventLibrary } from "../../../test/support/invented-library.ts";
import { temporaryDirectory } from "../../../test/support/temporary-directory.ts";
import { countPhotos } from "../src/count-photos.ts";
import { Library } from "../src/index.ts";
import { type LastRun, lastRun, rememberRun } from "../src/last-run.ts";
import { storeDirectory } from "../src/library-model.ts";
import { miniModel } from "../src/models/mini-model.ts";
import { Vectors } from "../src/vectors.ts";
import { WatchMark, watchedFolders } from "../src/watch/watch-mark.ts";

/** As long as it takes: nothing here is about time. */
const lookFor = 600_000;

async function index(library: Library, folders: string[] = []): Promise<void> {
  for await (const _ of library.index(folders)) continue;
}

test("tells how many photos are new, changed or back, how long they will take, and changes nothing", async () => {
  const [directory, photos] = [temporaryDirectory(), temporaryDirectory()];
  copyDrawings(photos, 0, 3);
  await using library = Library.open(directory);
  // Nothing to look into, nothing to tell.
  expect(await library.freshness({ lookFor })).toEqual({ indexedAt: undefined, isWatched: false, changes: undefined });
  const began = Date.now();
  await index(library, [photos]);
  const fresh = await library.freshness({ lookFor });
  expect(fresh).toEqual({
    indexedAt: lastRun(directory)?.finished,
    isWatched: false,
    changes: { files: 0, expectedMs: 0 },
  });
  expect(fresh.indexedAt).toBeGreaterThanOrEqual(began);

  const run = { scanMs: 1, startMs: 100, photoMs: 7 };
  writeFileSync(join(directory, "last-run.json"), JSON.stringify(run));
  copyDrawings(photos, 3, 5);
  const { changes } = await library.freshness({ lookFor });
  expect(changes?.files).toBe(2);
  // Two photos of unknown sizes, and what reading them takes.
  expect(changes?.expectedMs).toBeGreaterThan(100 + 2 * 7);
  expect(changes?.expectedMs).toBeLessThan(200);
  expect(library.status().files).toEqual({ present: 3, missing: 0, failed: 0 });

  // Nothing is known of how long an encoder takes.
  writeFileSync(join(directory, "last-run.json"), JSON.stringify({ ...run, startMs: null, photoMs: null }));
  expect((await library.freshness({ lookFor })).changes).toEqual({ files: 2, expectedMs: undefined });
  // Looking took too long the last time.
  writeFileSync(join(directory, "last-run.json"), JSON.stringify({ ...run, scanMs: lookFor + 1 }));
  expect(await library.freshness({ lookFor })).toEqual({
    indexedAt: expect.any(Number),
    isWatched: false,
    changes: undefined,
  });
  // Vectors are lost: a run would encode more than these.
  writeFileSync(join(directory, "last-run.json"), JSON.stringify(run));
  {
    using vectors = Vectors.open(storeDirectory(directory, miniModel().fingerprint), { dims: 512, write: true });
    await vectors.delete([1]);
  }
  expect((await library.freshness({ lookFor })).changes).toEqual({ files: 2, expectedMs: undefined });
  // Not wanted.
  expect((await library.freshness({ lookFor: 0 })).changes).toBeUndefined();
  rmSync(join(directory, "last-run.json"));
  const stopped = library.freshness({ lookFor, signal: AbortSignal.abort() });
  await expect(stopped).rejects.toMatchObject({ code: "ABORTED" });
});

test("files that are gone are no work, and a folder that is not there is none", async () => {
  const [directory, photos] = [temporaryDirectory(), join(temporaryDirectory(), "photos")];
  copyDrawings(photos, 0, 3);
  await using library = Library.open(directory);
  await index(library, [photos]);
  rmSync(photos, { recursive: true });
  expect((await library.freshness({ lookFor })).changes).toEqual({ files: 0, expectedMs: 0 });
  expect(library.status().files).toEqual({ present: 3, missing: 0, failed: 0 });
});

describe("what is remembered of a run", () => {
  const run = (finished: number): LastRun => ({ finished, scanMs: 5, startMs: null, photoMs: null });

  test("keeps how long encoding took; a run that found nothing new changes the file's time, and nothing else", async () => {
    const directory = temporaryDirectory();
    await rememberRun(directory, { finished: 1_000_000, scanMs: 3, startMs: 50, photoMs: 9 }, true);
    expect(lastRun(directory)).toEqual({ finished: 1_000_000, scanMs: 3, startMs: 50, photoMs: 9 });
    const file = join(directory, "last-run.json");
    const written = (): object => ({ text: readFileSync(file, "utf8"), inode: statSync(file).ino });
    const before = written();
    await rememberRun(directory, run(1_060_000), false);
    expect(written()).toEqual(before);
    expect(lastRun(directory)).toEqual({ finished: 1_060_000, scanMs: 3, startMs: 50, photoMs: 9 });
    await rememberRun(directory, run(1_070_000), true);
    expect(lastRun(directory)).toEqual({ finished: 1_070_000, scanMs: 5, startMs: 50, photoMs: 9 });
    // A clock that was turned back.
    await rememberRun(directory, run(5000), false);
    expect(lastRun(directory)?.finished).toBe(5000);
  });

  test.each(["", "{}", "[1]", '{"scanMs":"x"}', '{"scanMs":-1}', "null"])(
    "is nothing where the file holds %j",
    (text) => {
      const directory = temporaryDirectory();
      writeFileSync(join(directory, "last-run.json"), text);
      expect(lastRun(directory)).toBeUndefined();
    },
  );

  test("is nothing where it cannot be written, and no error", async () => {
    const directory = join(temporaryDirectory(), "none");
    await rememberRun(directory, run(1), true);
    expect(lastRun(directory)).toBeUndefined();
  });
});

test("folders are watched as long as the mark is fresh, and only then", async () => {
  const directory = join(temporaryDirectory(), "library");
  await inventLibrary(directory, []);
  await using library = Library.open(directory);
  const mark = new WatchMark(directory, ["/photos"]);
  expect(watchedFolders(directory)).toEqual(["/photos"]);
  expect(await library.freshness({ lookFor })).toMatchObject({ isWatched: true, changes: undefined });
  const file = join(directory, "watching.json");
  // Another folder of the library is not.
  writeFileSync(file, '["/elsewhere"]');
  expect(await library.freshness({ lookFor })).toMatchObject({ isWatched: false });
  utimesSync(file, new Date(), new Date(statSync(file).mtimeMs - 61_000));
  expect(watchedFolders(directory)).toEqual([]);
  mark[Symbol.dispose]();
  expect(existsSync(file)).toBe(false);
});

test("photos are counted by the rules of the folder", async () => {
  const photos = temporaryDirectory();
  copyDrawings(join(photos, "a"), 0, 3);
  copyDrawings(join(photos, "b"), 3, 5);
  writeFileSync(join(photos, "a", "notes.txt"), "");
  expect(await countPhotos(photos, {}, 60_000)).toEqual({ photos: 5, isAll: true });
  expect(await countPhotos(photos, { exclude: ["b/"] }, 60_000)).toEqual({ photos: 3, isAll: true });
  await expect(countPhotos(join(photos, "none"), {}, 1000)).rejects.toMatchObject({ code: "NOT_A_DIRECTORY" });
});
