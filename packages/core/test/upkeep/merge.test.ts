import {
  appendFileSync,
  copyFileSync,
  cpSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  utimesSync,
} from "node:fs";
import { basename, join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { storeFiles } from "../../../../test/support/damage.ts";
import { withoutMetadata } from "../../../../test/support/older-catalog.ts";
import { copyDrawings } from "../../../../test/support/drawings.ts";
import { writeSidecar } from "../../../../test/support/sidecar.ts";
import { temporaryDirectory } from "../../../../test/support/temporary-directory.ts";
import { useWorld } from "../../../../test/support/world.ts";
import { type IndexOptions, Library, type MergeProgress } from "../../src/index.ts";

const world = useWorld();
let photos = "";
/** All photos, as one run indexes them. */
let whole = "";
let parts: string[] = [];

beforeAll(async () => {
  photos = world.directory();
  copyDrawings(photos, 0, 12);
  copyDrawings(join(photos, "below"), 12, 20);
  copyFileSync(
    join(photos, readdirSync(photos).find((name) => name.endsWith(".jpg")) as string),
    join(photos, "copy.jpg"),
  );
  appendFileSync(join(photos, "broken.jpg"), "no picture");
  writeSidecar(join(photos, "copy.xmp"), { keywords: ["copy"], rating: 4 });
  for (const name of readdirSync(join(photos, "below"))) {
    writeSidecar(join(photos, "below", `${name}.xmp`), { keywords: ["below", name] });
  }
  whole = world.directory();
  await index(whole, photos);
  parts = [1, 2, 3].map(() => world.directory());
  for (const [at, part] of parts.entries()) await index(part, photos, { part: { index: at + 1, of: 3 } });
});

async function index(directory: string, folder: string, options: IndexOptions = {}) {
  await using library = Library.open(directory);
  for await (const event of library.index([folder], options)) {
    if (event.type === "done") {
      const { found, toRead, encoded, reused, failed, missing } = event.progress;
      return { found, toRead, encoded, reused, failed, missing };
    }
  }
  throw new Error("expected a completed run");
}

async function merge(into: string, paths: readonly string[], signal?: AbortSignal): Promise<MergeProgress> {
  await using library = Library.open(into);
  let last: MergeProgress | undefined;
  for await (const event of library.merge(paths, { signal })) if (event.type === "done") last = event.progress;
  return last as MergeProgress;
}

/** All that can be found, by path, with scores and metadata; what is counted, and whether it is sound. */
async function everything(directory: string) {
  await using library = Library.open(directory, { mustExist: true });
  const scores = [];
  const paths = [];
  for (const query of ["a red car at night", "a kitten behind a corner", "a boat"]) {
    const { hits } = await library.search(query, { limit: 1000 });
    const sorted = hits.toSorted((a, b) => (a.path < b.path ? -1 : 1));
    scores.push(...sorted.map(({ score }) => score));
    paths.push(sorted.map(({ id: _id, score: _score, confidence: _confidence, pathBytes: _bytes, ...rest }) => rest));
  }
  const { files, failed, roots, vectors } = library.status();
  const { sound, damage, photosWithoutVector, vectorsWithoutPhoto } = await library.verify();
  const state = { files, failed, roots, live: vectors?.live, sound, damage, photosWithoutVector, vectorsWithoutPhoto };
  return { paths, state, scores };
}

async function expectSame(directory: string, expected: string): Promise<void> {
  const [found, wanted] = [await everything(directory), await everything(expected)];
  expect({ paths: found.paths, state: found.state }).toEqual({ paths: wanted.paths, state: wanted.state });
  expect(
    Math.max(...found.scores.map((score, at) => Math.abs((score as number) - (wanted.scores[at] as number)))),
  ).toBeLessThan(1e-6);
}

/** The bytes of a library's files, but for what SQLite makes for its readers. */
function bytesOf(directory: string): Record<string, string> {
  const files = [join(directory, "catalog.db"), ...storeFiles(directory, /./).filter((path) => /\.\w+$/.test(path))];
  return Object.fromEntries(files.map((path) => [path, readFileSync(path).toString("base64")]));
}

describe("merging", () => {
  test("the parts of a folder make the library that one run makes, and the parts are only read", async () => {
    const before = parts.map(bytesOf);
    const into = temporaryDirectory();
    const { contents, contentsAdded, ...rest } = await merge(into, parts);
    // A photo and its copy may be in one part or in two.
    expect(contents - contentsAdded).toBeLessThan(2);
    expect({ contentsAdded, ...rest }).toEqual({
      contentsAdded: 21,
      contentsLost: 0,
      files: 22,
      filesAdded: 22,
      filesChanged: 0,
      libraries: 3,
      librariesDone: 3,
    });
    await expectSame(into, whole);
    expect(parts.map(bytesOf)).toEqual(before);
    // Nothing is left to do for an index run.
    expect(await index(into, photos)).toMatchObject({ toRead: 0, encoded: 0, missing: 0 });
  });

  test("metadata comes along, that of sidecars too, into a library that has the photos without it", async () => {
    const into = temporaryDirectory();
    await merge(into, parts);
    withoutMetadata(join(into, "catalog.db"));
    await merge(into, [whole]);
    await expectSame(into, whole);
    await using library = Library.open(into);
    expect((await library.search("tag:copy rating:4")).hits.map(({ copies }) => copies.length)).toEqual([1]);
    expect((await library.search("tag:below", { limit: 100 })).hits).toHaveLength(8);
  });

  test("the parts are disjoint, and no file is missing or failed because it is of another part", async () => {
    const found = await Promise.all(parts.map(async (part) => (await everything(part)).state));
    expect(found.map(({ files }) => files.missing)).toEqual([0, 0, 0]);
    expect(found.reduce((sum, { files }) => sum + files.present, 0)).toBe(22);
    expect(found.reduce((sum, { failed }) => sum + failed.length, 0)).toBe(1);
    const again = await Promise.all(parts.map((part, at) => index(part, photos, { part: { index: at + 1, of: 3 } })));
    expect(again.map(({ toRead, missing }) => ({ toRead, missing }))).toEqual(
      parts.map(() => ({ toRead: 0, missing: 0 })),
    );
  });

  test("merging again changes nothing, and a merge of a merge has the same vectors", async () => {
    const [into, second] = [temporaryDirectory(), temporaryDirectory()];
    await merge(into, parts.slice(0, 2));
    await merge(into, parts.slice(2));
    const before = bytesOf(into);
    expect(await merge(into, parts)).toMatchObject({ contentsAdded: 0, filesAdded: 0, filesChanged: 0 });
    expect(bytesOf(into)).toEqual(before);
    await merge(second, [into]);
    await expectSame(second, whole);
    let last = second;
    for (let round = 0; round < 5; round++) {
      const next = temporaryDirectory();
      await merge(next, [last]);
      last = next;
    }
    await expectSame(last, whole);
  });

  test("of two entries for one file that counts which fits the file now, whichever is merged first", async () => {
    const folder = temporaryDirectory();
    const [older, newer] = [temporaryDirectory(), temporaryDirectory()];
    copyDrawings(folder, 0, 2);
    const [name = "", other = ""] = readdirSync(folder);
    await index(older, folder);
    copyFileSync(join(folder, other), join(folder, name));
    // Newer in truth, older by its time.
    utimesSync(join(folder, name), 1, 1);
    await index(newer, folder);
    const expected = await everything(newer);
    for (const order of [
      [older, newer],
      [newer, older],
    ]) {
      const into = temporaryDirectory();
      await merge(into, order);
      expect((await everything(into)).paths).toEqual(expected.paths);
      expect(await index(into, folder)).toMatchObject({ toRead: 0 });
    }
  });

  test("of two entries for a file that is not there the newer one counts", async () => {
    const folder = temporaryDirectory();
    const [a, b] = [temporaryDirectory(), temporaryDirectory()];
    copyDrawings(folder, 0, 2);
    const [name = "", other = ""] = readdirSync(folder);
    utimesSync(join(folder, name), 100, 100);
    await index(a, folder);
    copyFileSync(join(folder, other), join(folder, name));
    utimesSync(join(folder, name), 200, 200);
    await index(b, folder);
    renameSync(folder, `${folder}-away`);
    const [first, second] = [temporaryDirectory(), temporaryDirectory()];
    await merge(first, [a, b]);
    await merge(second, [b, a]);
    renameSync(`${folder}-away`, folder);
    const { paths } = await everything(b);
    expect([(await everything(first)).paths, (await everything(second)).paths]).toEqual([paths, paths]);
  });

  test("photos that are missing stay missing, and come back for nothing", async () => {
    const [folder, source, into] = [temporaryDirectory(), temporaryDirectory(), temporaryDirectory()];
    copyDrawings(folder, 0, 4);
    await index(source, folder);
    const [name = ""] = readdirSync(folder);
    renameSync(join(folder, name), join(temporaryDirectory(), basename(name)));
    await index(source, folder);
    await merge(into, [source]);
    expect((await everything(into)).state).toMatchObject({ files: { present: 3, missing: 1, failed: 0 }, live: 4 });
    copyDrawings(folder, 0, 4);
    expect(await index(into, folder)).toMatchObject({ encoded: 0, missing: 0, failed: 0 });
  });

  test("what has no vector in one library comes from the other, else from the photo", async () => {
    const [into, damaged] = [temporaryDirectory(), temporaryDirectory()];
    cpSync(parts[0] as string, damaged, { recursive: true });
    rmSync(join(damaged, "vectors"), { recursive: true });
    await expect(merge(into, [damaged])).rejects.toMatchObject({ code: "LIBRARY_NOT_FOUND" });
    await using library = Library.open(damaged);
    // Its vectors are all lost now; the run is stopped before it encodes them.
    const stop = AbortSignal.abort();
    await expect(library.index([photos], { signal: stop }).next()).rejects.toMatchObject({ code: "ABORTED" });
    expect(await merge(into, [damaged])).toMatchObject({ contentsAdded: 0 });
    await merge(into, parts);
    await expectSame(into, whole);
  });

  test("an abort keeps what was merged, and the next merge completes it", async () => {
    const into = temporaryDirectory();
    await expect(merge(into, parts, AbortSignal.abort())).rejects.toMatchObject({ code: "ABORTED" });
    await merge(into, parts);
    await expectSame(into, whole);
  });

  test("into itself, from nowhere, from nothing, while another writes: refused, and nothing is changed", async () => {
    const into = temporaryDirectory();
    await merge(into, parts);
    const before = bytesOf(into);
    await expect(merge(into, [into])).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
    await expect(merge(into, [])).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
    await expect(merge(into, [temporaryDirectory()])).rejects.toMatchObject({ code: "LIBRARY_NOT_FOUND" });
    const empty = temporaryDirectory();
    await Library.open(empty).close();
    await expect(merge(into, [empty])).rejects.toMatchObject({ code: "LIBRARY_NOT_FOUND" });
    expect(bytesOf(into)).toEqual(before);
  });

  test("a part that is none is refused", async () => {
    for (const part of [
      { index: 0, of: 3 },
      { index: 4, of: 3 },
      { index: 1.5, of: 3 },
    ]) {
      await expect(index(temporaryDirectory(), photos, { part })).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
    }
  });
});
