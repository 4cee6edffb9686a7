import {
  appendFileSync,
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { copyDrawings } from "../../../test/support/drawings.ts";
import { needsShared, shared } from "../../../test/support/shared.ts";
import { temporaryDirectory } from "../../../test/support/temporary-directory.ts";
import { useWorld } from "../../../test/support/world.ts";
import { type IndexEvent, type IndexProgress, Library } from "../src/index.ts";

async function indexAll(library: Library, directories: readonly string[] = []): Promise<IndexProgress> {
  let last: IndexEvent | undefined;
  for await (const event of library.index(directories)) last = event;
  if (last?.type !== "done") throw new Error(`expected the last event to be "done", found ${JSON.stringify(last)}`);
  return last.progress;
}

describe("a library without photos", () => {
  test("is created by open, and not where it must exist", () => {
    const directory = join(temporaryDirectory(), "new", "library");
    expect(() => Library.open(directory, { mustExist: true })).toThrow(
      expect.objectContaining({ code: "LIBRARY_NOT_FOUND", message: `There is no library in ${directory} yet` }),
    );
    expect(existsSync(directory)).toBe(false);
    void Library.open(directory).close();
    void Library.open(directory, { mustExist: true }).close();
  });

  test("tells that nothing is indexed, and that no folder is named", async () => {
    await using library = Library.open(temporaryDirectory());
    await expect(library.search("pizza")).rejects.toMatchObject({ code: "LIBRARY_NOT_FOUND" });
    await expect(indexAll(library)).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
    expect(library.status()).toEqual({
      directory: library.directory,
      roots: [],
      model: undefined,
      otherModels: [],
      files: { present: 0, missing: 0, failed: 0 },
      undescribed: 0,
      failed: [],
      vectors: undefined,
      warnings: [],
    });
  });

  test("uses the mini model where none is named, and another where one is", async () => {
    await using library = Library.open(temporaryDirectory());
    expect(library.usesMiniModel).toBe(true);
    expect(await indexAll(library, [temporaryDirectory()])).toMatchObject({ found: 0 });
    expect(library.usesMiniModel).toBe(true);
    expect(library.status().model).toMatchObject({ name: "clipfind mini (drawings)", dims: 512 });
    await using other = Library.open(temporaryDirectory(), { model: join(temporaryDirectory(), "none") });
    expect(other.usesMiniModel).toBe(false);
    await expect(indexAll(other, [temporaryDirectory()])).rejects.toMatchObject({ code: "MODEL_NOT_FOUND" });
  });

  test.each([
    ["   ", {}, "EMPTY_QUERY"],
    ["pizza", { limit: 0 }, "INVALID_ARGUMENT"],
    ["pizza", { limit: 1.5 }, "INVALID_ARGUMENT"],
    ["pizza", { limit: Number.NaN }, "INVALID_ARGUMENT"],
  ])("search(%j, %j) is %s", async (query, options, code) => {
    await using library = Library.open(temporaryDirectory());
    await expect(library.search(query, options)).rejects.toMatchObject({ name: "ClipfindError", code });
  });

  test("may be closed twice, and refuses everything after", async () => {
    const library = Library.open(temporaryDirectory());
    await library.close();
    await library.close();
    expect(() => library.status()).toThrow(expect.objectContaining({ code: "CLOSED" }));
    await expect(library.search("pizza")).rejects.toMatchObject({ code: "CLOSED" });
    await expect(indexAll(library, [temporaryDirectory()])).rejects.toMatchObject({ code: "CLOSED" });
  });

  test.skipIf(process.platform !== "linux")("below /proc, where nothing can be made, is told as such", () => {
    // Node's own mkdir -p never comes back from there.
    expect(() => Library.open("/proc/clipfind/library")).toThrow(expect.objectContaining({ name: "ClipfindError" }));
  });

  test("a file where its directory should be is told as such", () => {
    const file = join(temporaryDirectory(), "file");
    writeFileSync(file, "");
    expect(() => Library.open(file)).toThrow(expect.objectContaining({ code: "NOT_A_DIRECTORY" }));
  });

  test.skipIf(process.getuid?.() === 0)("a directory that may not be written is told as such", () => {
    const directory = temporaryDirectory();
    chmodSync(directory, 0o500);
    expect(() => Library.open(join(directory, "library"))).toThrow(
      expect.objectContaining({ code: "PERMISSION_DENIED" }),
    );
  });
});

test("a folder that was indexed before one that holds it is walked once", async () => {
  const photos = temporaryDirectory();
  copyDrawings(join(photos, "sub"), 0, 2);
  await using library = Library.open(temporaryDirectory());
  expect(await indexAll(library, [join(photos, "sub")])).toMatchObject({ found: 2, encoded: 2 });
  expect(await indexAll(library, [photos])).toMatchObject({ found: 2, unchanged: 2 });
  expect(await indexAll(library)).toMatchObject({ found: 2, unchanged: 2 });
});

test("many searches at once in the caller's thread, which lets the model go behind each, answer as one at a time", async () => {
  const [photos, directory, other] = [temporaryDirectory(), temporaryDirectory(), join(temporaryDirectory(), "other")];
  copyDrawings(photos, 0, 12);
  await using library = Library.open(directory);
  await indexAll(library, [photos]);
  cpSync(directory, other, { recursive: true });
  const queries = ["a red circle", "a cat", "a house - a cat", "a star | a moon"];
  const alone = [];
  // One after the other is what is compared with.
  for (const query of queries) alone.push((await library.search(query)).hits);

  await using here = Library.open(other, { inThisThread: true });
  const together = await Promise.all(
    Array.from({ length: 12 }, async (_, index) => (await here.search(queries[index % 4] as string)).hits),
  );
  for (const [index, hits] of together.entries()) expect(hits).toEqual(alone[index % 4]);
});

describe.skipIf(shared === undefined)(needsShared("a library of photos (stand-in model)"), () => {
  const world = useWorld();

  test("progress counts up and ends with done", async () => {
    const photos = world.photos(5);
    await using library = Library.open(world.directory(), { model: world.model });
    const events: IndexEvent[] = [];
    for await (const event of library.index([photos])) events.push(event);
    const done = events.flatMap((event) => ("progress" in event ? [event.progress.done] : []));
    expect(done).toEqual(done.toSorted((a, b) => a - b));
    expect(events.at(-1)).toMatchObject({
      type: "done",
      progress: {
        phase: "encode",
        found: 5,
        unchanged: 0,
        toRead: 5,
        done: 5,
        encoded: 5,
        reused: 0,
        failed: 0,
        missing: 0,
      },
    });
    const stages = events.flatMap((event) => (event.type === "done" ? Object.entries(event.stages) : []));
    const names = stages.map(([stage]) => stage).join(" ");
    expect(names).toBe("prepare walk start hash decode preprocess encode write finish");
    expect(stages.filter(([, ms]) => !(ms >= 0))).toEqual([]);
  });

  test("six copies of one photo are encoded once", async () => {
    const photos = world.directory();
    for (let copy = 0; copy < 6; copy++) {
      copyFileSync(join(shared as string, "golden/123_456.jpg"), join(photos, `${copy}.jpg`));
    }
    await using library = Library.open(world.directory(), { model: world.model });
    expect(await indexAll(library, [photos])).toMatchObject({ found: 6, encoded: 1, reused: 5 });
    const { hits } = await library.search("a kitten");
    expect(hits).toHaveLength(1);
    expect([hits[0]?.path, ...(hits[0]?.copies ?? [])]).toEqual(
      Array.from({ length: 6 }, (_, copy) => join(photos, `${copy}.jpg`)),
    );
  });

  test("two files that agree in size, beginning and end, but differ in the middle, get vectors of their own", async () => {
    const photos = world.directory();
    // BMP-like in what matters: bytes that decide the picture lie in the middle. PNG keeps it decodable.
    const { default: sharp } = await import("sharp");
    for (const [name, color] of [
      ["red", "#ff0000"],
      ["blue", "#0000ff"],
    ] as const) {
      const middle = { create: { width: 200, height: 200, channels: 3, background: color } } as const;
      const image = sharp({ create: { width: 600, height: 1000, channels: 3, background: "#ffffff" } });
      await image
        .composite([{ input: await sharp(middle).png().toBuffer(), left: 200, top: 400 }])
        .tiff({ compression: "none" })
        .toFile(join(photos, `${name}.tif`));
    }
    const [first, second] = readdirSync(photos).map((name) => statSync(join(photos, name)).size);
    expect(first).toBe(second);
    await using library = Library.open(world.directory(), { model: world.model });
    expect(await indexAll(library, [photos])).toMatchObject({ encoded: 2, reused: 0 });
  });

  test("aborting keeps what was finished and throws ABORTED; leaving the loop early keeps it too", async () => {
    const photos = world.photos();
    await using library = Library.open(world.directory(), { model: world.model });
    const abort = new AbortController();
    const run = (async () => {
      for await (const event of library.index([photos], { signal: abort.signal })) {
        if (event.type === "progress" && event.progress.done >= 3) abort.abort();
      }
    })();
    await expect(run).rejects.toMatchObject({ code: "ABORTED" });
    const after = library.status().files.present;
    expect(after).toBeGreaterThanOrEqual(3);
    expect(after).toBeLessThan(51);

    for await (const event of library.index()) {
      if (event.type === "progress" && event.progress.done >= 3) break;
    }
    const later = library.status().files.present;
    expect(later).toBeGreaterThanOrEqual(after + 3);
    // The lock is free again, and the rest is done.
    expect(await indexAll(library)).toMatchObject({ unchanged: later, encoded: 51 - later });
  });

  test("a run aborted before it begins does nothing", async () => {
    await using library = Library.open(world.directory(), { model: world.model });
    const run = (async () => {
      for await (const _ of library.index([world.photos(2)], { signal: AbortSignal.abort() }));
    })();
    await expect(run).rejects.toMatchObject({ code: "ABORTED" });
    expect(library.status().files.present).toBe(0);
  });

  test("searching while indexing sees the commits made so far", async () => {
    const photos = world.photos();
    for (const name of readdirSync(photos)) {
      copyFileSync(join(photos, name), join(photos, `b-${name}`));
      appendFileSync(join(photos, `b-${name}`), "b");
    }
    await using library = Library.open(world.directory(), { model: world.model });
    const seen = new Set<number>();
    for await (const event of library.index([photos])) {
      if (event.type !== "progress" || event.progress.phase !== "encode") continue;
      // The order is the point.
      const { hits } = await library.search("pizza", { limit: 1000 });
      seen.add(hits.length);
    }
    const { hits } = await library.search("pizza", { limit: 1000 });
    expect(hits).toHaveLength(102);
    expect([...seen]).toEqual([...seen].toSorted((a, b) => a - b));
  });

  test("many searches at once give each its own answer", async () => {
    const photos = world.photos();
    await using library = Library.open(world.directory(), { model: world.model });
    await indexAll(library, [photos]);
    const queries = ["pizza", "an elephant", "a cat", "a laptop on a desk"];
    const alone = [];
    // One after the other is what is compared with.
    for (const query of queries) alone.push((await library.search(query, { limit: 51 })).hits);
    const together = await Promise.all(
      Array.from(
        { length: 20 },
        async (_, index) => (await library.search(queries[index % 4] as string, { limit: 51 })).hits,
      ),
    );
    for (const [index, hits] of together.entries()) expect(hits).toEqual(alone[index % 4]);
  });

  test("roots inside one another, named twice or through a link are walked once", async () => {
    const photos = world.photos(3);
    mkdirSync(join(photos, "sub"));
    copyFileSync(join(shared as string, "golden/123_456.jpg"), join(photos, "sub", "kitten.jpg"));
    await using library = Library.open(world.directory(), { model: world.model });
    const directories = [join(photos, "sub"), photos, join(photos, "sub", ".."), photos];
    expect(await indexAll(library, directories)).toMatchObject({ found: 4, encoded: 4 });
    expect(library.status().roots).toEqual([photos]);
  });

  test("indexing one folder leaves the photos of another alone, even of a namesake", async () => {
    const base = world.directory();
    for (const folder of ["photos", "photos2", "Photos"]) {
      mkdirSync(join(base, folder));
      copyFileSync(join(shared as string, "golden/123_456.jpg"), join(base, folder, "kitten.jpg"));
    }
    await using library = Library.open(world.directory(), { model: world.model });
    for (const folder of ["photos", "photos2", "Photos"]) {
      // One after the other is the point.
      expect(await indexAll(library, [join(base, folder)])).toMatchObject({ found: 1, missing: 0 });
    }
    expect(library.status().files).toEqual({ present: 3, missing: 0, failed: 0 });
  });
});
