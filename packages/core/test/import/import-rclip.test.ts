import { mkdirSync, realpathSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { directory as miniModel } from "@clipfind/model-mini";
import { describe, expect, test } from "vitest";
import { change, placeRclipDatabase } from "../../../../test/support/rclip-database.ts";
import { makeRclipPhotos } from "../../../../test/support/rclip-photos.ts";
import { storeOf } from "../../../../test/support/damage.ts";
import { temporaryDirectory } from "../../../../test/support/temporary-directory.ts";
import type { BytePath } from "../../src/byte-path.ts";
import { changeSince } from "../../src/import/photo-of-row.ts";
import { openRclipDatabase, type RclipRow } from "../../src/import/rclip-database.ts";
import { rclipIndex } from "../../src/import/rclip-index.ts";
import { rclipVector } from "../../src/import/rclip-vector.ts";
import { Library, type RclipImportEvent, type RclipImportOptions } from "../../src/index.ts";
import { Vectors } from "../../src/vectors.ts";

test("a vector is brought to unit length; one of another length, without numbers or direction is none", () => {
  const bytes = (...values: number[]): Buffer => Buffer.from(new Float32Array(values).buffer);
  expect(rclipVector(bytes(3, 0, -4), 3)).toEqual(new Float32Array([0.6, 0, -0.8]));
  // Squares that float32 could not hold.
  for (const [at, value] of [0.6, 0, 0.8].entries()) {
    expect(rclipVector(bytes(3e30, 0, 4e30), 3)?.[at]).toBeCloseTo(value, 6);
  }
  expect(rclipVector(bytes(1, 2), 3)).toBeUndefined();
  expect(rclipVector(bytes(0, 0, -0), 3)).toBeUndefined();
  expect(rclipVector(bytes(1, Number.NaN, 0), 3)).toBeUndefined();
  expect(rclipVector(bytes(1, Number.POSITIVE_INFINITY, 0), 3)).toBeUndefined();
});

describe("a file is as rclip has seen it", () => {
  const row: RclipRow = {
    id: 1,
    path: "/a.jpg" as BytePath,
    isDeleted: false,
    // What Python makes of 1700000000.123456789: the nearest float64.
    modifiedAt: 1_700_000_000.123_456_7,
    bytes: 7,
    flaw: undefined,
  };
  const at = (bytes: bigint, mtimeNs: bigint, seconds = row.modifiedAt) =>
    changeSince({ ...row, modifiedAt: seconds }, { bytes, mtimeNs, ctimeNs: 0n, inode: 0n })?.reason;

  test("if its size is the same, and its time to a microsecond", () => {
    expect(at(7n, 1_700_000_000_123_456_789n)).toBeUndefined();
    expect(at(7n, 1_700_000_000_123_456_000n)).toBeUndefined();
    // SQLite gives whole seconds back as whole numbers; and there is time before 1970.
    expect(at(7n, 1_700_000_000_000_000_000n, 1_700_000_000)).toBeUndefined();
    expect(at(7n, -1_500_000_000n, -1.5)).toBeUndefined();
  });

  test("else it has changed", () => {
    expect(at(8n, 1_700_000_000_123_456_789n)).toBe("has 8 bytes now, had 7 when rclip read it");
    expect(at(7n, 1_700_000_000_123_459_000n)).toMatch(/^modified 2023-/);
    expect(at(7n, 1_700_000_000_123_456_789n, 1e300)).toMatch(/at second 1e\+300$/);
  });
});

test("rclip's index is where it says, in RCLIP_DATADIR, or in its usual place on each system", () => {
  const cwd = temporaryDirectory();
  mkdirSync(join(cwd, "folder"));
  const at = (explicit: string | undefined, env: Record<string, string>, platform: NodeJS.Platform = "linux"): string =>
    rclipIndex({ explicit, env: { HOME: "/home/ann", ...env }, cwd, platform });
  expect(at("x.db", { RCLIP_DATADIR: "/data" })).toBe(join(cwd, "x.db"));
  expect(at("folder", {})).toBe(join(cwd, "folder/db.sqlite3"));
  expect(at(undefined, { RCLIP_DATADIR: "/data" })).toBe("/data/db.sqlite3");
  expect(at(undefined, { RCLIP_DATADIR: "" })).toBe("/home/ann/.local/share/rclip/db.sqlite3");
  expect(at(undefined, {}, "darwin")).toBe("/home/ann/Library/Application Support/rclip/db.sqlite3");
  expect(at(undefined, { HOME: "/msys" }, "win32")).toMatch(/^(?!\/msys).*AppData\/Roaming\/rclip\/db\.sqlite3$/);
});

test("rows come in pages, by id, whatever the ids; foreign values are told", () => {
  const path = join(temporaryDirectory(), "db.sqlite3");
  placeRclipDatabase("v3", path, "/p");
  change(path, (db) => {
    db.exec("BEGIN; DELETE FROM images");
    const insert = db.prepare("INSERT INTO images (id, filepath, modified_at, size, vector) VALUES (?, ?, 1.5, 2, ?)");
    for (let id = 1; id <= 5000; id++) insert.run(id - 100, `/p/${id}.jpg`, new Uint8Array(8));
    db.prepare("UPDATE images SET vector = 'text' WHERE id = 4").run();
    db.prepare("UPDATE images SET deleted = 1 WHERE id = 5").run();
    insert.run(2n ** 60n, "/p/too-far.jpg", new Uint8Array(8));
    db.exec("COMMIT");
  });
  using database = openRclipDatabase(path, 2);
  expect(database.version).toBe(3);
  expect(database.vectorBytes()).toBe(8);
  expect(database.folders()).toEqual(new Set(["/p"]));
  const rows: RclipRow[] = [];
  for (let page = database.rowsAfter(undefined); page.length > 0; page = database.rowsAfter(page.at(-1)?.id)) {
    rows.push(...page);
  }
  expect(rows.map(({ id }) => id)).toEqual(Array.from({ length: 5000 }, (_, at) => at - 99));
  const sound = { path: "/p/103.jpg", isDeleted: false, modifiedAt: 1.5, bytes: 2, flaw: undefined };
  expect(rows[102]).toEqual({ id: 3, ...sound });
  expect(rows[103]).toEqual({
    ...sound,
    id: 4,
    path: "/p/104.jpg",
    flaw: "its vector has 0 bytes, expected 8 (2 numbers)",
  });
  expect(rows[104]).toMatchObject({ id: 5, isDeleted: true });
  expect(database.entry(3)).toEqual({ row: { id: 3, ...sound }, vector: Buffer.alloc(8) });
  expect(database.entry(5)).toBeUndefined();
});

describe("Library.importRclip", () => {
  async function imported(library: Library, path: string, options: RclipImportOptions = {}) {
    const events: RclipImportEvent[] = [];
    for await (const event of library.importRclip(path, options)) events.push(event);
    const last = events.at(-1);
    if (last?.type !== "done") throw new Error("expected a completed import");
    return { events, progress: last.progress };
  }

  function setUp() {
    const base = temporaryDirectory();
    const [photos, database, directory] = [join(base, "photos"), join(base, "db.sqlite3"), join(base, "library")];
    const names = makeRclipPhotos(photos);
    placeRclipDatabase("v4", database, photos);
    return { photos, names, database, directory };
  }

  test("tells how well the vectors agree, and counts every entry once", async () => {
    const { photos, database, directory } = setUp();
    await using library = Library.open(directory, { model: miniModel });
    const { events, progress } = await imported(library, database);
    expect(events.find(({ type }) => type === "roots")).toEqual({ type: "roots", roots: [realpathSync(photos)] });
    const checked = events.find((event) => event.type === "checked");
    expect(checked?.photos).toBe(8);
    // Small pictures, which need no scaling: the two programs compute the same.
    expect(checked?.lowest).toBeGreaterThan(0.999);
    const { entries, known, imported: taken, deleted, missing, changed, excluded, unreadable, malformed } = progress;
    expect(known + taken + deleted + missing + changed + excluded + unreadable + malformed).toBe(entries);
    const { sound } = await library.verify();
    expect(sound).toBe(true);
    // What the photos say of themselves was read with them.
    const { hits, notes } = await library.search("on:2022-03..2022-05", { limit: 100 });
    expect([hits.map((hit) => hit.taken?.slice(0, 7)), notes]).toEqual([
      ["2022-05", "2022-04", "2022-03", "2022-03"],
      [],
    ]);
  });

  test("an abort keeps what was committed, and says so", async () => {
    const { database, directory } = setUp();
    const stop = new AbortController();
    await using library = Library.open(directory, { model: miniModel });
    const aborted = async (): Promise<void> => {
      for await (const event of library.importRclip(database, { check: false, signal: stop.signal })) {
        if (event.type === "progress" && event.progress.done > 0) stop.abort();
      }
    };
    await expect(aborted()).rejects.toMatchObject({
      code: "ABORTED",
      message: "Importing was stopped; everything imported so far is kept",
    });
    expect(library.status().files.present).toBe(4);
    expect((await imported(library, database)).progress).toMatchObject({ known: 4, imported: 9 });
  });

  test("leaving the loop commits what was taken", async () => {
    const { database, directory } = setUp();
    await using library = Library.open(directory, { model: miniModel });
    for await (const event of library.importRclip(database, { check: false })) {
      if (event.type === "progress" && event.progress.done > 0) break;
    }
    expect(library.status().files.present).toBe(4);
  });

  test("where nothing can be taken, the library is not bound to a model that nobody has checked", async () => {
    const { database, directory, photos } = setUp();
    placeRclipDatabase("v4", database, join(photos, "elsewhere"));
    await using library = Library.open(directory, { model: miniModel });
    const { events, progress } = await imported(library, database);
    expect(progress).toMatchObject({ entries: 15, missing: 14, deleted: 1, toRead: 0 });
    expect(events[0]).toEqual({ type: "roots", roots: [] });
    expect(library.status()).toMatchObject({ model: undefined, roots: [] });
  });

  test("vectors that the library has lost come from rclip again, and photos that it could not decode", async () => {
    const { photos, names, database, directory } = setUp();
    const path = join(photos, names.at(-1) as string);
    writeFileSync(path, "something that only rclip could read");
    change(database, (db) => {
      const { size, mtimeMs } = statSync(path);
      db.prepare("UPDATE images SET size = ?, modified_at = ? WHERE filepath = ?").run(size, mtimeMs / 1000, path);
    });
    await using library = Library.open(directory, { model: miniModel });
    for await (const event of library.index([photos])) if (event.type === "done") break;
    expect(library.status().files).toMatchObject({ present: 13, failed: 1 });
    using vectors = Vectors.open(storeOf(directory), { dims: 512, write: true });
    await vectors.delete(vectors.ids().slice(0, 5));
    vectors.close();
    const { progress } = await imported(library, database);
    expect(progress.vectors).toBe(6);
    expect(progress.known + progress.imported).toBe(13);
    expect(library.status().files).toMatchObject({ present: 13, failed: 0 });
    expect(await library.verify()).toMatchObject({ sound: true, photosWithoutVector: 0 });
  });

  test("while another process writes to the library it says so, and takes nothing", async () => {
    const { photos, database, directory } = setUp();
    await using library = Library.open(directory, { model: miniModel });
    for await (const event of library.index([join(photos, "below")])) if (event.type === "done") break;
    using writer = Vectors.open(storeOf(directory), { dims: 512, write: true });
    await expect(imported(library, database)).rejects.toMatchObject({ code: "LIBRARY_LOCKED" });
    expect(library.status()).toMatchObject({ files: { present: 4 }, roots: [join(photos, "below")] });
    writer.close();
    expect((await imported(library, database)).progress).toMatchObject({ known: 4, imported: 9 });
  });

  test("photos of which none can be decoded say nothing about the model", async () => {
    const { photos, names, database, directory } = setUp();
    change(database, (db) => {
      for (const name of names) {
        const path = join(photos, name);
        writeFileSync(path, `no picture ${name}`);
        const { size, mtimeMs } = statSync(path);
        db.prepare("UPDATE images SET size = ?, modified_at = ? WHERE filepath = ?").run(size, mtimeMs / 1000, path);
      }
    });
    await using library = Library.open(directory, { model: miniModel });
    await expect(imported(library, database)).rejects.toMatchObject({
      code: "MODEL_MISMATCH",
      message:
        "Expected photos to compare rclip's vectors with those of clipfind mini (drawings), but none could be decoded",
    });
    expect(library.status().model).toBeUndefined();
  });
});
