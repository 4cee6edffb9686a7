import { cpSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { flip, newest, records, storeFiles, storeOf } from "../../../../test/support/damage.ts";
import { copyDrawings } from "../../../../test/support/drawings.ts";
import { temporaryDirectory } from "../../../../test/support/temporary-directory.ts";
import { useWorld } from "../../../../test/support/world.ts";
import { type IndexEvent, Library } from "../../src/index.ts";

type Repaired = Extract<IndexEvent, { type: "repaired" }>;

const queries = ["a red car at night", "a kitten behind a corner", "a boat", "three balloons"];

const world = useWorld();
let photos = "";
/** Eighteen photos: twelve, from three runs, in segments of two shards; six more in three records of a log. */
let base = "";
let answers: unknown;

beforeAll(async () => {
  photos = world.directory();
  base = world.directory();
  for (const [from, to] of [
    [0, 4],
    [4, 8],
    [8, 12],
  ] as const) {
    copyDrawings(photos, from, to);
    await index(base, [photos]);
  }
  await index(base, [], { shards: 2 });
  for (const [from, to] of [
    [12, 14],
    [14, 16],
    [16, 18],
  ] as const) {
    copyDrawings(photos, from, to);
    await index(base, []);
  }
  answers = await everything(base);
});

/** The events of a run but its progress. */
async function index(
  directory: string,
  folders: readonly string[],
  options: { shards?: number; signal?: AbortSignal } = {},
): Promise<IndexEvent[]> {
  await using library = Library.open(directory);
  const events: IndexEvent[] = [];
  for await (const event of library.index(folders, options)) if (event.type !== "progress") events.push(event);
  return events;
}

/** The last event of a completed run. */
function done(progress: unknown): object {
  return { type: "done", progress, means: expect.anything() as unknown, stages: expect.anything() as unknown };
}

/** All hits of some queries, with scores and copies. */
async function everything(directory: string): Promise<unknown> {
  await using library = Library.open(directory);
  const found = [];
  for (const query of queries) {
    const { hits, warnings } = await library.search(query, { limit: 100 });
    found.push({ query, hits, warnings });
  }
  return found;
}

async function verify(directory: string): ReturnType<Library["verify"]> {
  await using library = Library.open(directory);
  return await library.verify();
}

async function repair(directory: string): ReturnType<Library["repair"]> {
  await using library = Library.open(directory);
  return await library.repair();
}

function copyOfBase(): string {
  const copy = temporaryDirectory();
  cpSync(base, copy, { recursive: true });
  return copy;
}

/** Where a plane, the last section of a segment, has the middle of its bytes. */
const inLowPlane = -700;

const log = /\.wal$/;
const manifest = /manifest-\d+\.json$/;
const segment = /\.vec$/;

/** What opening notices, so that an index run repairs it by itself. */
const seen: [string, (library: string) => void][] = [
  ["a byte of the log's middle record", (library) => flip(newest(library, log), recordOf(library, 1) + 300)],
  ["the header of the log's middle record", (library) => flip(newest(library, log), recordOf(library, 1) + 37)],
  ["a byte of the log's last record", (library) => flip(newest(library, log), -200)],
  ["the log's header", (library) => flip(newest(library, log), 12)],
  ["the log is gone", (library) => rmSync(newest(library, log))],
  ["the newest manifest", (library) => flip(newest(library, manifest), 60)],
  ["the newest manifest is cut", (library) => truncateSync(newest(library, manifest), 100)],
  ["no manifest can be read", (library) => storeFiles(library, manifest).forEach((path) => flip(path, 60))],
  ["all manifests are gone", (library) => storeFiles(library, manifest).forEach((path) => rmSync(path))],
  ["a segment's header", (library) => flip(newest(library, segment), 20)],
  [
    "a segment is cut",
    (library) => truncateSync(newest(library, segment), statSync(newest(library, segment)).size - 600),
  ],
  ["a segment is gone", (library) => rmSync(newest(library, segment))],
];

/** What only a check of every byte finds. */
const unseen: [string, (library: string) => void][] = [
  ["a byte of a segment's low plane", (library) => flip(newest(library, segment), inLowPlane)],
  ["a byte of a segment's high plane", (library) => flip(newest(library, segment), highPlane(library) + 700)],
  ["a scale in a segment", (library) => flip(newest(library, segment), 4096 + 6)],
  ["an id in a segment", (library) => flip(newest(library, segment), idsSection(library))],
];

function recordOf(library: string, number: number): number {
  return records(newest(library, log))[number] as number;
}

function idsSection(library: string): number {
  return Number(readFileSync(newest(library, segment)).readBigUInt64LE(56));
}

function highPlane(library: string): number {
  return Number(readFileSync(newest(library, segment)).readBigUInt64LE(72));
}

describe("a sound library", () => {
  test("is in segments of two shards and in three records of a log", () => {
    expect(storeFiles(base, segment).map((path) => path.slice(storeOf(base).length))).toEqual([
      expect.stringMatching(/^\/shard-000\//),
      expect.stringMatching(/^\/shard-001\//),
    ]);
    expect(records(newest(base, log))).toHaveLength(3);
  });

  test("verifies, is left as it is by a repair, and needs none by an index run", async () => {
    const copy = copyOfBase();
    const all = { sound: true, vectors: 18, damage: [], notes: [], photosWithoutVector: 0, vectorsWithoutPhoto: 0 };
    expect(await verify(copy)).toEqual({ ...all, files: expect.any(Number) });
    expect(await repair(copy)).toEqual({ kept: 18, lost: 0, damage: [], renamed: [] });
    expect(await index(copy, [])).toEqual([done(expect.objectContaining({ unchanged: 18, encoded: 0 }))]);
    expect(await everything(copy)).toEqual(answers);
  });

  test("a library that was never indexed verifies, and has nothing to repair", async () => {
    const directory = temporaryDirectory();
    expect(await verify(directory)).toEqual({
      sound: true,
      vectors: 0,
      files: 0,
      damage: [],
      notes: [],
      photosWithoutVector: 0,
      vectorsWithoutPhoto: 0,
    });
    await expect(repair(directory)).rejects.toMatchObject({ code: "LIBRARY_NOT_FOUND" });
  });

  test("verify and repair stop when asked, and refuse a closed library", async () => {
    const library = Library.open(copyOfBase());
    const signal = AbortSignal.abort();
    await expect(library.verify({ signal })).rejects.toMatchObject({ code: "ABORTED" });
    await expect(library.repair({ signal })).rejects.toMatchObject({ code: "ABORTED" });
    await library.close();
    await expect(library.verify()).rejects.toMatchObject({ code: "CLOSED" });
    await expect(library.repair()).rejects.toMatchObject({ code: "CLOSED" });
  });
});

describe("a library with damaged vectors", () => {
  test.each(seen)("%s: an index run repairs it, and all answers are as before", async (_, damage) => {
    const copy = copyOfBase();
    damage(copy);
    expect(await verify(copy)).toMatchObject({ sound: false });
    const events = await index(copy, []);
    const repaired = events[0] as Repaired;
    expect(repaired).toEqual({
      type: "repaired",
      path: storeOf(copy),
      kept: 18 - repaired.lost,
      lost: expect.any(Number),
      damage: expect.any(Array),
      renamed: expect.any(Array),
    });
    const counts = { found: 18, encoded: repaired.lost, unchanged: 18 - repaired.lost, failed: 0 };
    expect(events.slice(1)).toEqual([done(expect.objectContaining(counts))]);
    for (const path of repaired.renamed) expect(path).toMatch(/\.damaged$/);
    expect(await everything(copy)).toEqual(answers);
    expect(await verify(copy)).toMatchObject({ sound: true });
    expect(await index(copy, [])).toEqual([done(expect.objectContaining({ unchanged: 18, encoded: 0 }))]);
  });

  test.each([...seen, ...unseen])(
    "%s: repaired first and indexed then, all answers are as before",
    async (_, damage) => {
      const copy = copyOfBase();
      damage(copy);
      const before = await verify(copy);
      expect(before.sound).toBe(false);
      expect(before.damage.length).toBeGreaterThan(0);
      const { kept, lost } = await repair(copy);
      expect(kept + lost).toBe(18);
      expect(await verify(copy)).toMatchObject({ sound: lost === 0, damage: [], photosWithoutVector: lost });
      expect(await index(copy, [])).toEqual([done(expect.objectContaining({ encoded: lost }))]);
      expect(await everything(copy)).toEqual(answers);
      expect(await verify(copy)).toMatchObject({ sound: true });
    },
  );

  test.each(unseen)("%s: verify names the file and the row", async (_, damage) => {
    const copy = copyOfBase();
    damage(copy);
    const { damage: found } = await verify(copy);
    expect(found[0]).toEqual({
      path: newest(copy, segment),
      row: expect.any(Number),
      what: expect.any(String),
    });
  });

  test.each([
    ["within its last record", 300],
    ["between two records", 0],
  ])(
    "a log cut %s looks like an append that never happened; the photos are missed, and encoded again",
    async (_, more) => {
      const copy = copyOfBase();
      truncateSync(newest(copy, log), recordOf(copy, 2) + more);
      expect(await verify(copy)).toMatchObject({ sound: false, damage: [], photosWithoutVector: 2 });
      expect(await index(copy, [])).toEqual([done(expect.objectContaining({ unchanged: 16, encoded: 2 }))]);
      expect(await everything(copy)).toEqual(answers);
      expect(await verify(copy)).toMatchObject({ sound: true });
    },
  );

  test("a search goes on with what is left, and says what to do", async () => {
    const copy = copyOfBase();
    flip(newest(copy, log), recordOf(copy, 1) + 300);
    await using library = Library.open(copy);
    const { hits, warnings } = await library.search("a boat", { limit: 100 });
    expect(hits).toHaveLength(16);
    expect(warnings).toEqual([
      expect.stringContaining(newest(copy, log)),
      "photos may not be found until `clipfind index` has repaired the index",
    ]);
    expect(library.status().warnings).toEqual(warnings);
    // The very same handle, after a repair by another.
    await index(copy, []);
    const after = await library.search("a boat", { limit: 100 });
    expect(after.hits).toHaveLength(18);
    expect(after.warnings).toEqual([]);
  });

  test("photos of folders that a run was not asked for get their lost vectors back as well", async () => {
    const [directory, one, other] = [temporaryDirectory(), temporaryDirectory(), temporaryDirectory()];
    copyDrawings(one, 0, 2);
    copyDrawings(other, 2, 4);
    await index(directory, [one]);
    await index(directory, [other]);
    const before = await everything(directory);
    flip(newest(directory, log), recordOf(directory, 0) + 300);
    const events = await index(directory, [other]);
    expect(events.at(-1)).toMatchObject(done({ encoded: (events[0] as Repaired).lost }));
    expect((events[0] as Repaired).lost).toBeGreaterThan(0);
    expect(await everything(directory)).toEqual(before);
  });

  test("a vector that a repair brings back is never taken for another photo's", async () => {
    const [directory, folder] = [temporaryDirectory(), temporaryDirectory()];
    copyDrawings(folder, 0, 2);
    await index(directory, [folder]);
    // As when a run dies between its two commits: the vector of a third photo is there, its row is not.
    cpSync(join(directory, "catalog.db"), join(directory, "before.db"));
    const other = temporaryDirectory();
    copyDrawings(other, 2, 3);
    await index(directory, [other]);
    renameSync(join(directory, "before.db"), join(directory, "catalog.db"));
    await index(directory, []);
    copyDrawings(folder, 3, 4);
    await index(directory, []);
    const before = await everything(directory);
    const path = newest(directory, log);
    const [, , deletion, last] = records(path) as [number, number, number, number];
    expect(records(path)).toHaveLength(4);
    flip(path, deletion + 64);
    flip(path, last + 600);
    expect((await index(directory, []))[0]).toMatchObject({ type: "repaired", kept: 2, lost: 1 });
    expect(await everything(directory)).toEqual(before);
    expect(await verify(directory)).toMatchObject({ sound: true, vectorsWithoutPhoto: 0 });
  });

  test("files of something else are left alone, with a hint what to do; then indexing makes all anew", async () => {
    const copy = copyOfBase();
    const store = storeOf(copy);
    rmSync(store, { recursive: true });
    mkdirSync(store);
    writeFileSync(join(store, "letter.txt"), "Dear reader,\n");
    expect(await verify(copy)).toMatchObject({
      sound: false,
      damage: [{ path: store, what: "it holds no files of a vector store" }],
    });
    const refused = {
      code: "STORE_DAMAGED",
      hint:
        `Nothing can be saved. Move ${store} away and run \`clipfind index\`: it encodes everything again from the ` +
        "photos, which are not affected.",
    };
    await expect(index(copy, [])).rejects.toMatchObject(refused);
    await expect(repair(copy)).rejects.toMatchObject(refused);
    expect(readFileSync(join(store, "letter.txt"), "utf8")).toBe("Dear reader,\n");
    rmSync(store, { recursive: true });
    expect(await index(copy, [])).toEqual([done(expect.objectContaining({ encoded: 18 }))]);
    expect(await everything(copy)).toEqual(answers);
  });
});

describe("another number of shards", () => {
  test.each([1, 3, 20])("%i: told, and all answers are as before", async (shards) => {
    const copy = copyOfBase();
    expect(await index(copy, [], { shards })).toEqual([
      { type: "resharded", from: 2, to: shards },
      done(expect.objectContaining({ unchanged: 18, encoded: 0 })),
    ]);
    await using library = Library.open(copy);
    expect(library.status().vectors).toMatchObject({ shards, live: 18 });
    expect(await everything(copy)).toEqual(answers);
    expect(await verify(copy)).toMatchObject({ sound: true });
    expect(await index(copy, [], { shards })).toEqual([done(expect.anything())]);
  });

  test("of a library without photos, and of a damaged one", async () => {
    const empty = temporaryDirectory();
    await index(empty, [temporaryDirectory()]);
    expect(await index(empty, [], { shards: 3 })).toEqual([
      { type: "resharded", from: 1, to: 3 },
      done(expect.anything()),
    ]);
    const copy = copyOfBase();
    flip(newest(copy, log), recordOf(copy, 1) + 300);
    const types = (await index(copy, [], { shards: 5 })).map(({ type }) => type);
    expect(types).toEqual(["repaired", "resharded", "done"]);
    expect(await everything(copy)).toEqual(answers);
  });

  test("stopped or impossible, it leaves the index as it was", async () => {
    const copy = copyOfBase();
    const stopped = index(copy, [], { shards: 3, signal: AbortSignal.abort() });
    await expect(stopped).rejects.toMatchObject({ code: "ABORTED" });
    await expect(index(copy, [], { shards: 1000 })).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
    await using library = Library.open(copy);
    expect(library.status().vectors).toMatchObject({ shards: 2, live: 18 });
    expect(await everything(copy)).toEqual(answers);
  });
});
