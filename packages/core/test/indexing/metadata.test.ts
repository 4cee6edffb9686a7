import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { beforeEach, describe, expect, test } from "vitest";
import { copyDrawings } from "../../../../test/support/drawings.ts";
import { withoutMetadata } from "../../../../test/support/older-catalog.ts";
import { writeSidecar } from "../../../../test/support/sidecar.ts";
import { libraryState } from "../../../../test/support/library-state.ts";
import { temporaryDirectory } from "../../../../test/support/temporary-directory.ts";
import { type HitMetadata, type IndexEvent, type IndexOptions, type IndexProgress, Library } from "../../src/index.ts";

type Counts = Partial<Pick<IndexProgress, "described" | "encoded" | "reused" | "sidecars" | "toRead" | "unchanged">>;

let directory = "";
let photos = "";
let [first, second, third] = ["", "", ""];

/** Three drawings; indexed by the first run of a test. */
beforeEach(() => {
  const base = temporaryDirectory();
  directory = join(base, "library");
  photos = join(base, "photos");
  copyDrawings(photos, 0, 3);
  [first, second, third] = readdirSync(photos).toSorted() as [string, string, string];
});

/** A run: what it counted, without zeros, and the problems it told. */
async function index(options: IndexOptions = {}, folder = photos): Promise<[Counts, ...string[]]> {
  await using library = Library.open(directory);
  const problems: string[] = [];
  let last: IndexEvent | undefined;
  for await (const event of library.index([folder], { workers: 1, ...options })) {
    if (event.type === "problem") problems.push(`${event.path.slice(folder.length + 1)}: ${event.reason}`);
    last = event;
  }
  if (last?.type !== "done") throw new Error("expected the run to end with done");
  const { described, encoded, reused, sidecars, toRead, unchanged } = last.progress;
  const counts = { described, encoded, reused, sidecars, toRead, unchanged };
  return [Object.fromEntries(Object.entries(counts).filter(([, count]) => count > 0)), ...problems];
}

async function find(query: string): Promise<string[]> {
  await using library = Library.open(directory);
  const { hits } = await library.search(query, { limit: 100 });
  return hits.map(({ path }) => path.slice(photos.length + 1));
}

/** What the hits on a photo say of it. */
async function known(name: string): Promise<HitMetadata> {
  await using library = Library.open(directory);
  const { hits } = await library.search(`name:${name}`);
  const { id: _id, path: _path, pathBytes: _bytes, copies: _copies, score: _score, ...metadata } = hits[0]!;
  return metadata;
}

describe("sidecars", () => {
  test("are read with their photos, by both of their names; `a.jpg.xmp` counts before `a.xmp`, and both before the photo", async () => {
    writeSidecar(join(photos, `${first}.xmp`), { keywords: ["Ägypten", "beach"], rating: 4, caption: "By the sea" });
    writeSidecar(join(photos, first.replace(".jpg", ".xmp")), {
      keywords: ["other"],
      rating: 1,
      taken: "1999-12-31T23:59:00",
    });
    writeSidecar(join(photos, second.replace(".jpg", ".XMP")), { latitude: "52,1.2N", longitude: "12,1.2E" });
    writeSidecar(join(photos, "nobody.xmp"), { keywords: ["beach"] });
    expect(await index()).toEqual([{ encoded: 3, sidecars: 3, toRead: 3 }]);
    expect(await known(first)).toMatchObject({
      taken: "1999-12-31T23:59:00",
      rating: 4,
      caption: "By the sea",
      keywords: ["beach", "other", "Ägypten"],
      camera: "Demo Reflex 5",
    });
    expect((await known(second)).gps).toEqual({ latitude: 52.02, longitude: 12.02 });
    expect(await find("tag:BEACH")).toEqual([first]);
    expect(await find("rating:>3")).toEqual([first]);
    expect(await find("on:1999")).toEqual([first]);
    expect(await find("near:52,12,5km")).toEqual([second]);
    expect(await find("has:tag has:caption")).toEqual([first]);
    expect((await find("has:date")).length).toBe(3);
  });

  test("that are new, changed or gone are noticed, and nothing is read but them; without news nothing is written", async () => {
    expect(await index()).toEqual([{ encoded: 3, toRead: 3 }]);
    const own = await known(first);
    const path = join(photos, `${first}.xmp`);

    writeSidecar(path, { keywords: ["new"], rating: 3 });
    expect(await index()).toEqual([{ sidecars: 1, unchanged: 3 }]);
    expect(await known(first)).toEqual({ ...own, keywords: ["new"], rating: 3 });

    writeSidecar(path, { keywords: ["changed"], rating: 0 });
    expect(await index()).toEqual([{ sidecars: 1, unchanged: 3 }]);
    expect(await known(first)).toEqual({ ...own, keywords: ["changed"] });

    const before = libraryState(directory);
    expect(await index()).toEqual([{ unchanged: 3 }]);
    expect(libraryState(directory)).toEqual(before);

    rmSync(path);
    expect(await index()).toEqual([{ unchanged: 3 }]);
    expect(await known(first)).toEqual(own);
    expect(await find("tag:changed")).toEqual([]);
  });

  test("of a photo that moves away stay behind, move with it, and come from all copies", async () => {
    writeSidecar(join(photos, `${first}.xmp`), { keywords: ["here"] });
    await index();
    mkdirSync(join(photos, "there"));
    renameSync(join(photos, first), join(photos, "there", first));
    expect(await index()).toEqual([{ reused: 1, toRead: 1, unchanged: 2 }]);
    expect((await known(first)).keywords).toBeUndefined();

    renameSync(join(photos, `${first}.xmp`), join(photos, "there", `${first}.xmp`));
    expect(await index()).toEqual([{ sidecars: 1, unchanged: 3 }]);
    expect((await known(first)).keywords).toEqual(["here"]);

    copyFileSync(join(photos, "there", first), join(photos, "copy.jpg"));
    writeSidecar(join(photos, "copy.xmp"), { keywords: ["copy"], rating: 2 });
    expect(await index()).toEqual([{ reused: 1, sidecars: 1, toRead: 1, unchanged: 3 }]);
    expect(await known(first)).toMatchObject({ keywords: ["copy", "here"], rating: 2 });

    rmSync(join(photos, "there"), { recursive: true });
    await index();
    expect((await known("copy.jpg")).keywords).toEqual(["copy"]);
  });

  test("stay with the name when a photo is replaced; what a killed run has not brought in line, the next one does", async () => {
    writeSidecar(join(photos, `${first}.xmp`), { keywords: ["name"], rating: 2 });
    await index();
    copyFileSync(join(photos, second), join(photos, first));
    expect(await index()).toEqual([{ reused: 1, toRead: 1, unchanged: 2 }]);
    expect(await known(second)).toMatchObject({ keywords: ["name"], rating: 2 });

    const db = new Database(join(directory, "catalog.db"));
    db.exec("UPDATE metadata SET rating = NULL, embedded = NULL; UPDATE directories SET digest = NULL");
    db.close();
    expect((await known(second)).rating).toBeUndefined();
    expect(await index()).toEqual([{ unchanged: 3 }]);
    expect((await known(second)).rating).toBe(2);
  });

  test("that are broken, huge, unreadable or directories stop nothing, and are told once", async () => {
    writeFileSync(join(photos, `${first}.xmp`), '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF');
    const huge = join(photos, second.replace(".jpg", ".xmp"));
    writeFileSync(huge, "");
    truncateSync(huge, 2 ** 40);
    mkdirSync(join(photos, third.replace(".jpg", ".xmp")));
    const locked = join(photos, `${third}.xmp`);
    writeSidecar(locked, { keywords: ["locked"] });
    chmodSync(locked, 0);
    const asAdministrator = process.getuid?.() === 0;
    const problems = [
      `${second.replace(".jpg", ".xmp")}: larger than 8 MiB: no sidecar of a photo`,
      ...(asAdministrator ? [] : [`${third}.xmp: permission denied`]),
    ];
    const [counts, ...told] = await index();
    expect([counts, ...told.toSorted()]).toEqual([{ encoded: 3, sidecars: 3, toRead: 3 }, ...problems.toSorted()]);
    expect(await index()).toEqual([{ unchanged: 3 }]);
    expect(await find("has:date")).toHaveLength(3);
  });
});

describe("a library of a version that read no metadata", () => {
  beforeEach(async () => {
    await index();
    withoutMetadata(join(directory, "catalog.db"));
  });

  test("gets it by the next run, which encodes nothing; a search before says what may be missing", async () => {
    const note = "3 photos may be missing, as has: is not known of them: `clipfind index` reads that now";
    {
      await using library = Library.open(directory);
      const { hits, notes } = await library.search("has:date");
      expect([hits, notes]).toEqual([[], [note]]);
    }
    writeSidecar(join(photos, `${first}.xmp`), { keywords: ["new"] });
    expect(await index()).toEqual([{ described: 3, sidecars: 1, unchanged: 3 }]);
    expect(await find("has:date")).toHaveLength(3);
    expect(await find("tag:new")).toEqual([first]);
    const before = libraryState(directory);
    expect(await index()).toEqual([{ unchanged: 3 }]);
    expect(libraryState(directory)).toEqual(before);
    await using library = Library.open(directory);
    expect((await library.search("has:date")).notes).toEqual([]);
    expect(await library.verify()).toMatchObject({ sound: true, damage: [] });
  });

  test("goes on where a run was stopped; what is not there is left for later", async () => {
    const aborted = index({ signal: AbortSignal.abort() });
    await expect(aborted).rejects.toMatchObject({ code: "ABORTED" });
    const away = join(photos, "..", first);
    renameSync(join(photos, first), away);
    expect(await index()).toEqual([{ described: 2, unchanged: 2 }]);
    renameSync(away, join(photos, first));
    expect(await index()).toMatchObject([{ described: 1 }]);
    expect(await find("has:date")).toHaveLength(3);
  });

  test("a photo that has changed since is not described by what it is now", async () => {
    copyFileSync(join(photos, second), join(photos, first));
    utimesSync(join(photos, first), 1, 1);
    expect(await index()).toMatchObject([{ described: 2, reused: 1 }]);
  });

  test("folders that are not part of the run are left alone", async () => {
    const other = join(photos, "../other");
    copyDrawings(other, 3, 4);
    expect(await index({}, other)).toEqual([{ encoded: 1, toRead: 1 }]);
    expect(await index()).toEqual([{ described: 3, unchanged: 3 }]);
  });
});

test("what a photo says comes with its vector, also from rclip-like reuse: a copy says the same", async () => {
  copyFileSync(join(photos, first), join(photos, "copy.jpg"));
  expect(await index()).toMatchObject([{ encoded: 3, reused: 1 }]);
  const { taken, camera } = await known(first);
  expect([taken, camera]).toEqual([
    expect.stringMatching(/^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d$/),
    expect.stringMatching(/^Demo /),
  ]);
});
