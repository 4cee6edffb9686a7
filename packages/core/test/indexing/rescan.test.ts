import {
  chmodSync,
  copyFileSync,
  linkSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { beforeEach, describe, expect, test } from "vitest";
import { copyDrawings } from "../../../../test/support/drawings.ts";
import { libraryState } from "../../../../test/support/library-state.ts";
import { temporaryDirectory } from "../../../../test/support/temporary-directory.ts";
import { type IndexEvent, type IndexOptions, type IndexProgress, Library } from "../../src/index.ts";

type Counts = Partial<Pick<IndexProgress, "found" | "unchanged" | "encoded" | "reused" | "failed" | "missing">>;

let directory = "";
let photos = "";

/** Four drawings: two in `photos`, two in `photos/sub`; indexed by the first run of a test. */
beforeEach(() => {
  const base = temporaryDirectory();
  directory = join(base, "library");
  photos = join(base, "photos");
  copyDrawings(photos, 0, 2);
  copyDrawings(join(photos, "sub"), 2, 4);
});

/** A run: what it counted, without zeros, and the problems it told. */
async function index(
  options: IndexOptions = {},
  folders: readonly string[] = [photos],
): Promise<[Counts, ...string[]]> {
  await using library = Library.open(directory);
  const problems: string[] = [];
  let last: IndexEvent | undefined;
  for await (const event of library.index(folders, { workers: 1, ...options })) {
    if (event.type === "problem") problems.push(`${event.path.slice(photos.length)}: ${event.reason}`);
    last = event;
  }
  if (last?.type !== "done") throw new Error("expected the run to end with done");
  const { found, unchanged, encoded, reused, failed, missing } = last.progress;
  const counts = { found, unchanged, encoded, reused, failed, missing };
  return [Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0)), ...problems];
}

/** Paths of all photos that a search finds, copies too, below `photos`. */
async function findable(): Promise<string[]> {
  await using library = Library.open(directory);
  const { hits } = await library.search("a drawing", { limit: 100 });
  return hits.flatMap(({ path, copies }) => [path, ...copies].map((it) => it.slice(photos.length + 1))).toSorted();
}

const name = (number: number, folder = photos): string =>
  readdirSync(folder)
    .filter((it) => it.endsWith(".jpg"))
    .toSorted()[number] as string;
const first = (): string => join(photos, name(0));

test("a run that finds nothing new writes nothing at all, broken files or not (R14)", async () => {
  writeFileSync(join(photos, "broken.jpg"), "no picture");
  const [counts, ...problems] = await index();
  expect(counts).toEqual({ found: 5, encoded: 4, failed: 1 });
  expect(problems).toHaveLength(1);
  const before = libraryState(directory);
  expect(await index()).toEqual([{ found: 5, unchanged: 5 }]);
  expect(await index({}, [])).toEqual([{ found: 5, unchanged: 5 }]);
  expect(libraryState(directory)).toEqual(before);
});

describe("0 encodes for", () => {
  test("a rename, a move, a renamed folder, a copy and a hard link", async () => {
    await index();
    renameSync(first(), join(photos, "A b 'c'.JPG"));
    expect(await index()).toEqual([{ found: 4, unchanged: 3, reused: 1, missing: 1 }]);
    renameSync(join(photos, "A b 'c'.JPG"), join(photos, "sub", "moved.jpg"));
    expect(await index()).toEqual([{ found: 4, unchanged: 3, reused: 1, missing: 1 }]);
    renameSync(join(photos, "sub"), join(photos, "renamed"));
    expect(await index()).toEqual([{ found: 4, unchanged: 1, reused: 3, missing: 3 }]);
    copyFileSync(first(), join(photos, "copy.jpg"));
    expect(await index()).toEqual([{ found: 5, unchanged: 4, reused: 1 }]);
    // A link changes the ctime of what it leads to: both are read, and neither is encoded.
    linkSync(first(), join(photos, "link.jpg"));
    expect(await index()).toEqual([{ found: 6, unchanged: 4, reused: 2 }]);
    expect(await findable()).toHaveLength(6);
  });

  test("a change of case only, with folders that differ in case only beside it (R2)", async () => {
    mkdirSync(join(photos, "SUB"));
    copyFileSync(first(), join(photos, "SUB", "x.jpg"));
    await index();
    renameSync(join(photos, "SUB", "x.jpg"), join(photos, "SUB", "X.jpg"));
    expect(await index({}, [join(photos, "SUB")])).toEqual([{ found: 1, reused: 1, missing: 1 }]);
    expect(await index()).toEqual([{ found: 5, unchanged: 5 }]);
    expect(await findable()).toHaveLength(5);
  });

  test("a file that comes back, with size and times as they were (R1)", async () => {
    await index();
    const [away, place] = [join(photos, "..", "away.jpg"), first()];
    renameSync(place, away);
    expect(await index()).toEqual([{ found: 3, unchanged: 3, missing: 1 }]);
    expect(await findable()).toHaveLength(3);
    renameSync(away, place);
    expect(await index()).toEqual([{ found: 4, unchanged: 3, reused: 1 }]);
    expect(await findable()).toHaveLength(4);
  });

  test("changed permissions: the file is read, and that is all", async () => {
    await index();
    chmodSync(first(), 0o600);
    expect(await index()).toEqual([{ found: 4, unchanged: 3, reused: 1 }]);
    expect(await index()).toEqual([{ found: 4, unchanged: 4 }]);
  });
});

test("another content of equal size and times is noticed, in place and by replacement", async () => {
  const path = join(photos, "x.jpg");
  writeFileSync(path, "not a photo 1");
  await index();
  const { atime, mtime } = statSync(path);
  writeFileSync(path, "not a photo 2");
  utimesSync(path, atime, mtime);
  expect((await index())[0]).toEqual({ found: 5, unchanged: 4, failed: 1 });
  writeFileSync(join(photos, "y"), "not a photo 3");
  utimesSync(join(photos, "y"), atime, mtime);
  renameSync(join(photos, "y"), path);
  expect((await index())[0]).toEqual({ found: 5, unchanged: 4, failed: 1 });
});

test("--rehash reads everything and encodes nothing that is known", async () => {
  await index();
  expect(await index({ rehash: true })).toEqual([{ found: 4, reused: 4 }]);
  expect(await index()).toEqual([{ found: 4, unchanged: 4 }]);
});

test("what failed is tried again when it changes, or when asked for", async () => {
  const path = join(photos, "broken.jpg");
  writeFileSync(path, "no picture");
  const [, told] = await index();
  expect(await index({ retryFailed: true })).toEqual([{ found: 5, unchanged: 4, failed: 1 }, told]);
  expect(await index()).toEqual([{ found: 5, unchanged: 5 }]);
  await using library = Library.open(directory);
  expect(library.status().failed).toEqual([{ path, reason: told?.slice("/broken.jpg: ".length) }]);
  copyFileSync(first(), path);
  expect(await index()).toEqual([{ found: 5, unchanged: 4, reused: 1 }]);
  expect(library.status().failed).toEqual([]);
});

test("a file in place of a folder and a folder in place of a file", async () => {
  await index();
  rmSync(join(photos, "sub"), { recursive: true });
  writeFileSync(join(photos, "sub"), "");
  const replaced = first();
  rmSync(replaced);
  mkdirSync(replaced);
  copyDrawings(replaced, 5, 6);
  expect(await index()).toEqual([{ found: 2, unchanged: 1, encoded: 1, missing: 3 }]);
  expect(await findable()).toHaveLength(2);
});

describe("a folder is left as it is, and said to be, that", () => {
  const advice =
    "is a drive not mounted? What is indexed from there is left as it is. " +
    "If the photos are gone for good, say so with --prune";

  test("is empty, though it was not; --prune believes it", async () => {
    await index();
    renameSync(photos, `${photos} away`);
    mkdirSync(photos);
    expect(await index()).toEqual([{ failed: 1 }, `: empty, though it had 4 photos; ${advice}`]);
    expect(await findable()).toEqual([]);
    rmSync(photos, { recursive: true });
    renameSync(`${photos} away`, photos);
    expect(await index()).toEqual([{ found: 4, unchanged: 4 }]);
    expect(await findable()).toHaveLength(4);

    renameSync(photos, `${photos} away`);
    mkdirSync(photos);
    expect(await index({ prune: true })).toEqual([{ missing: 4 }]);
    rmSync(photos, { recursive: true });
    renameSync(`${photos} away`, photos);
    expect(await index()).toEqual([{ found: 4, reused: 4 }]);
  });

  test("is not there; --prune forgets it", async () => {
    await index();
    renameSync(photos, `${photos} away`);
    expect(await index({}, [])).toEqual([
      { failed: 1 },
      ": not found; is a drive not mounted? What is indexed from there is left as it is",
    ]);
    expect(await index({ prune: true })).toEqual([{ missing: 4 }]);
    await using library = Library.open(directory);
    expect(library.status()).toMatchObject({ roots: [], files: { present: 0, missing: 4, failed: 0 } });
  });

  test("has fewer than half of many; and one that lost half has not", async () => {
    for (let number = 0; number < 100; number++) writeFileSync(join(photos, `${number}.jpg`), "broken");
    await index();
    for (let number = 0; number < 53; number++) unlinkSync(join(photos, `${number}.jpg`));
    const left = await index();
    expect(left).toEqual([
      { found: 51, unchanged: 51, failed: 1 },
      `: only 51 photos found, where 104 were; ${advice}`,
    ]);
    // It is told until it is so no more.
    expect(await index()).toEqual(left);
    writeFileSync(join(photos, "0.jpg"), "broken");
    expect((await index())[0]).toMatchObject({ found: 52, missing: 52 });
  });

  test("has lost most of a few on another disk than before", async () => {
    await index();
    const db = new Database(join(directory, "catalog.db"));
    db.exec("UPDATE roots SET device = device + 1");
    db.close();
    rmSync(join(photos, "sub"), { recursive: true });
    unlinkSync(first());
    expect(await index()).toEqual([
      { found: 1, unchanged: 1, failed: 1 },
      `: only 1 photos found on another disk, where 4 were; ${advice}`,
    ]);
    expect((await index({ prune: true }))[0]).toEqual({ found: 1, unchanged: 1, missing: 3 });
  });
});

describe("rules", () => {
  test("are remembered with the folder, until others are given; what they leave out is not gone", async () => {
    copyDrawings(join(photos, ".hidden"), 4, 5);
    expect(await index({ rules: { hidden: true } })).toEqual([{ found: 5, encoded: 5 }]);
    expect(await index({}, [])).toEqual([{ found: 5, unchanged: 5 }]);
    expect(await index({ rules: { exclude: ["sub/"] } }, [])).toEqual([{ found: 2, unchanged: 2 }]);
    expect(await index()).toEqual([{ found: 2, unchanged: 2 }]);
    expect(await findable()).toHaveLength(5);
    expect(await index({ rules: {} })).toEqual([{ found: 4, unchanged: 4 }]);
  });

  test("of a folder inside another are its own", async () => {
    copyDrawings(join(photos, "sub", ".hidden"), 4, 5);
    await index({ rules: { hidden: true } }, [join(photos, "sub")]);
    writeFileSync(join(photos, ".clipfindignore"), "sub/\n");
    expect(await index()).toEqual([{ found: 5, unchanged: 3, encoded: 2 }]);
    expect(await index({}, [])).toEqual([{ found: 5, unchanged: 5 }]);
  });

  test("say whether links are followed: no circles, and each real photo once (R5)", async () => {
    const elsewhere = join(photos, "..", "elsewhere");
    copyDrawings(elsewhere, 5, 6);
    symlinkSync(elsewhere, join(photos, "linked"));
    symlinkSync(photos, join(photos, "sub", "up"));
    symlinkSync(first(), join(photos, "again.jpg"));
    expect((await index())[0]).toEqual({ found: 4, encoded: 4 });
    expect(await index({ rules: { follow: true } })).toEqual([{ found: 5, unchanged: 4, encoded: 1 }]);
    const before = libraryState(directory);
    expect(await index()).toEqual([{ found: 5, unchanged: 5 }]);
    expect(libraryState(directory)).toEqual(before);
  });

  test("a folder is one, whether named by a link or with a slash at its end", async () => {
    const link = join(photos, "..", "link");
    symlinkSync(photos, link);
    await index();
    expect(await index({}, [link])).toEqual([{ found: 4, unchanged: 4 }]);
    expect(await index({}, [`${photos}/`, join(photos, "sub")])).toEqual([{ found: 4, unchanged: 4 }]);
    await using library = Library.open(directory);
    expect(library.status().roots).toEqual([photos]);
  });
});

test("a search does not return a photo deleted a moment ago, and fills its place", async () => {
  await index();
  await using library = Library.open(directory);
  const before = await library.search("a drawing", { limit: 4 });
  unlinkSync(before.hits[0]?.path as string);
  const after = await library.search("a drawing", { limit: 3 });
  expect(after.hits).toEqual(before.hits.slice(1));
  rmSync(photos, { recursive: true });
  expect((await library.search("a drawing")).hits).toEqual([]);
});

describe("gc", () => {
  /** Makes all that is missing or unused by now so many days older. */
  function age(days: number): void {
    const db = new Database(join(directory, "catalog.db"));
    db.exec(`UPDATE files SET missing_since = missing_since - ${days * 86_400_000};
             UPDATE contents SET unused_since = unused_since - ${days * 86_400_000}`);
    db.close();
  }

  test("forgets what is missing for long, and no more than it says beforehand (R18)", async () => {
    await index();
    copyFileSync(join(photos, "sub", name(0, join(photos, "sub"))), first());
    rmSync(join(photos, "sub"), { recursive: true });
    expect((await index())[0]).toEqual({ found: 2, unchanged: 1, reused: 1, missing: 2 });
    await using library = Library.open(directory);
    expect(await library.gc()).toEqual({ applied: false, files: 0, contents: 0 });
    age(31);
    const garbage = { files: 2, contents: 2 };
    const before = libraryState(directory);
    expect(await library.gc()).toEqual({ applied: false, ...garbage });
    expect(libraryState(directory)).toEqual(before);
    expect(await library.gc({ apply: true, olderThanDays: 32 })).toEqual({ applied: true, files: 0, contents: 0 });
    expect(await library.gc({ apply: true })).toEqual({ applied: true, ...garbage });
    expect(await library.gc({ apply: true, olderThanDays: 0 })).toEqual({ applied: true, files: 0, contents: 0 });
    expect(library.status()).toMatchObject({
      files: { present: 2, missing: 0, failed: 0 },
      vectors: { live: 2, rows: 2 },
    });
    expect(await library.verify()).toMatchObject({ sound: true, vectors: 2, vectorsWithoutPhoto: 0 });
    expect(await findable()).toHaveLength(2);
    // What comes back is encoded again; nothing else is.
    copyDrawings(join(photos, "sub"), 2, 4);
    expect((await index())[0]).toEqual({ found: 4, unchanged: 2, encoded: 1, reused: 1 });
  });

  test("refuses an age that is none", async () => {
    await index();
    await using library = Library.open(directory);
    await expect(library.gc({ olderThanDays: -1 })).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
  });
});
