import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { expect, onTestFinished, test } from "vitest";
import { temporaryDirectory } from "../../../../test/support/temporary-directory.ts";
import { type BytePath, bytePathFromBuffer, bytePathFromText } from "../../src/byte-path.ts";
import { type Catalog, openCatalog } from "../../src/db/open-catalog.ts";

const fingerprint = { bytes: 1n, mtimeNs: 1_795_437_784_123_456_789n, ctimeNs: 1_795_437_784_123_456_788n, inode: -5n };
const hash = (byte: number): Uint8Array => new Uint8Array(16).fill(byte);

function open(directory = temporaryDirectory()): Catalog {
  const catalog = openCatalog(directory);
  onTestFinished(() => catalog.close());
  return catalog;
}

function put(
  catalog: Catalog,
  directory: string,
  name: BytePath,
  contentId: number | null,
  error: string | null = null,
): void {
  const directoryId = catalog.directories.findOrInsert(bytePathFromText(directory));
  catalog.files.put({ directoryId, name, fingerprint, contentId, error });
}

test("what is written comes back, nanoseconds and odd bytes included", () => {
  const directory = temporaryDirectory();
  const first = openCatalog(directory);
  const name = bytePathFromBuffer(Uint8Array.of(0xff, 0x0a, 0x22));
  first.transaction(() => {
    first.contents.insert({ id: 7, hash: hash(1), bytes: 10, width: 3, height: 2, format: "jpeg" });
    put(first, "/photos", name, 7);
    put(first, "/photos", bytePathFromText("locked.jpg"), null, "permission denied");
  });
  first.close();
  const second = open(directory);
  expect(second.contents.byHash(hash(1))).toEqual({ id: 7, error: null });
  expect(second.contents.byHash(hash(2))).toBeUndefined();
  const id = second.directories.find(bytePathFromText("/photos")) as number;
  expect(second.files.inDirectory(id)).toEqual(
    new Map([
      ["locked.jpg", { ...fingerprint, contentId: null, missing: false, error: "permission denied" }],
      [name, { ...fingerprint, contentId: 7, missing: false, error: null }],
    ]),
  );
  expect(second.photos.paths(7, [])).toEqual([{ path: `/photos/${name}`, fits: true }]);
  expect(second.files.counts()).toEqual({ present: 2, missing: 0, failed: 1 });
  expect(second.files.failed()).toEqual([{ path: "/photos/locked.jpg", reason: "permission denied" }]);
});

test("ids that are reserved are never given, not even before the first content", () => {
  const catalog = open();
  catalog.contents.reserveUpTo(7);
  expect(catalog.contents.lastId()).toBe(7);
  catalog.contents.reserveUpTo(3);
  expect(catalog.contents.lastId()).toBe(7);
  catalog.contents.insert({ id: 5, hash: hash(1), bytes: 1 });
  expect(catalog.contents.lastId()).toBe(7);
});

test("contents that some file has are told from those that none has, and from those that failed", () => {
  const catalog = open();
  for (const id of [1, 2, 3]) catalog.contents.insert({ id, hash: hash(id), bytes: 1 });
  catalog.contents.insert({ id: 4, hash: hash(4), bytes: 1, error: "truncated" });
  for (const [name, id] of [
    ["a", 3],
    ["b", 1],
    ["copy of b", 1],
    ["broken", 4],
  ] as const) {
    put(catalog, "/photos", bytePathFromText(name), id);
  }
  put(catalog, "/photos", bytePathFromText("locked"), null, "permission denied");
  expect(catalog.contents.idsOfFiles()).toEqual([1, 3]);
  expect(catalog.files.presentByContent()).toEqual([
    { contentId: 1, files: 2 },
    { contentId: 3, files: 1 },
  ]);
  expect(catalog.files.forgetContents([1])).toBe(2);
  expect(catalog.contents.idsOfFiles()).toEqual([3]);
  expect(catalog.files.presentByContent()).toEqual([
    { contentId: null, files: 2 },
    { contentId: 3, files: 1 },
  ]);
});

/** A catalog of many rows, on so many pages that damage to one leaves the others. */
function largeCatalog(directory: string): void {
  const catalog = openCatalog(directory);
  catalog.transaction(() => {
    for (let id = 1; id <= 2000; id++) {
      catalog.contents.insert({ id, hash: Buffer.from(String(id).padStart(16)), bytes: 1 });
      put(catalog, "/photos", bytePathFromText(`${id}.jpg`), id);
    }
  });
  catalog.close();
}

test("a check finds nothing in a sound catalog, damaged pages, and references that lead nowhere", () => {
  const directory = temporaryDirectory();
  largeCatalog(directory);
  const sound = openCatalog(directory);
  expect(sound.check()).toEqual([]);
  sound.close();

  const db = new Database(join(directory, "catalog.db"));
  db.pragma("foreign_keys = OFF");
  db.exec("DELETE FROM contents WHERE id IN (7, 8)");
  db.close();
  const astray = openCatalog(directory);
  expect(astray.check()).toEqual(['rows of "files" that refer to a row of "contents" that is not there: 2']);
  astray.close();

  const path = join(directory, "catalog.db");
  const bytes = readFileSync(path);
  // All pages from the thirty-second on; the first ones hold the schema.
  bytes.fill(0xa5, 32 * 4096);
  writeFileSync(path, bytes);
  const damaged = openCatalog(directory);
  expect(damaged.check()).not.toEqual([]);
  expect(() => damaged.contents.encodableIds()).toThrow(expect.objectContaining({ code: "CATALOG_DAMAGED" }));
  damaged.close();
});

test("a directory's neighbours in the alphabet are not within it", () => {
  const catalog = open();
  for (const path of ["/a/b", "/a/b/c", "/a/b/c/d", "/a/b!", "/a/b0", "/a/B/c", "/a", "/a/b_c", "/a/b%"]) {
    catalog.directories.findOrInsert(bytePathFromText(path));
  }
  expect(catalog.directories.within(bytePathFromText("/a/b")).map(({ path }) => path)).toEqual([
    "/a/b",
    "/a/b/c",
    "/a/b/c/d",
  ]);
  expect(catalog.directories.within(bytePathFromText("/"))).toHaveLength(9);
});

test("missing files are not present paths, and are present again without a new row", () => {
  const catalog = open();
  const name = bytePathFromText("a.jpg");
  catalog.contents.insert({ id: 1, hash: hash(1), bytes: 1 });
  put(catalog, "/photos", name, 1);
  const id = catalog.directories.find(bytePathFromText("/photos")) as number;
  catalog.files.setMissing(id, name, true);
  expect(catalog.photos.paths(1, [])).toEqual([]);
  expect(catalog.files.counts()).toEqual({ present: 0, missing: 1, failed: 0 });
  catalog.files.setMissing(id, name, false);
  expect(catalog.photos.paths(1, [])).toEqual([{ path: "/photos/a.jpg", fits: true }]);
});

test("an id is never given twice, even after its content is gone", () => {
  const directory = temporaryDirectory();
  const catalog = open(directory);
  expect(catalog.contents.lastId()).toBe(0);
  catalog.contents.insert({ id: 41, hash: hash(1), bytes: 1 });
  const db = new Database(join(directory, "catalog.db"));
  db.exec("DELETE FROM contents");
  db.close();
  expect(catalog.contents.lastId()).toBe(41);
});

test("a transaction that throws leaves nothing behind", () => {
  const catalog = open();
  expect(() =>
    catalog.transaction(() => {
      catalog.roots.put(bytePathFromText("/photos"));
      throw new Error("no");
    }),
  ).toThrow("no");
  expect(catalog.roots.all()).toEqual([]);
});

test("a catalog of a newer clipfind is refused and left as it is", () => {
  const directory = temporaryDirectory();
  openCatalog(directory).close();
  const db = new Database(join(directory, "catalog.db"));
  db.pragma("user_version = 99");
  db.close();
  expect(() => openCatalog(directory)).toThrow(
    expect.objectContaining({ code: "CATALOG_TOO_NEW", message: expect.stringContaining("has schema 99") }),
  );
});

test("a catalog with garbage in the middle is reported as damaged, not as an internal error", () => {
  const directory = temporaryDirectory();
  const path = join(directory, "catalog.db");
  openCatalog(directory).close();
  const db = new Database(path);
  db.pragma("journal_mode = DELETE");
  const size = Number(db.pragma("page_count", { simple: true })) * Number(db.pragma("page_size", { simple: true }));
  db.close();
  writeFileSync(path, Buffer.alloc(size - 100, 0x5a), { flag: "r+" });
  expect(() => openCatalog(directory)).toThrow(expect.objectContaining({ code: "CATALOG_DAMAGED" }));
  rmSync(path);
});

test("a folder is remembered with its rules and its device, and writes nothing where nothing is new", () => {
  const directory = temporaryDirectory();
  const catalog = open(directory);
  const [one, two] = [bytePathFromText("/one"), bytePathFromText("/two")];
  catalog.roots.put(one, { exclude: ["raw/"] });
  catalog.roots.put(two);
  catalog.roots.setDevice(one, -3n);
  const db = new Database(join(directory, "catalog.db"));
  const version = db.pragma("data_version");
  catalog.roots.put(one);
  catalog.roots.put(two, {});
  catalog.roots.setDevice(one, -3n);
  expect(db.pragma("data_version")).toEqual(version);
  db.close();
  expect(catalog.roots.all()).toEqual([
    { path: "/one", rules: { exclude: ["raw/"] }, device: -3n },
    { path: "/two", rules: {}, device: null },
  ]);
  catalog.roots.put(one, {});
  catalog.roots.remove(two);
  expect(catalog.roots.all()).toEqual([{ path: "/one", rules: {}, device: -3n }]);
});

test("a directory's digest holds until a row of one of its files changes", () => {
  const catalog = open();
  catalog.contents.insert({ id: 1, hash: hash(1), bytes: 1 });
  const name = bytePathFromText("a.jpg");
  put(catalog, "/photos", name, 1);
  put(catalog, "/others", name, 1);
  const [id, other] = ["/photos", "/others"].map((path) => catalog.directories.find(bytePathFromText(path))) as [
    number,
    number,
  ];
  const digest = Buffer.alloc(16, 7);
  const digests = (): unknown[] => catalog.directories.within(bytePathFromText("/")).map((row) => row.digest);
  catalog.directories.setDigest(other, digest);
  for (const change of [
    () => put(catalog, "/photos", bytePathFromText("b.jpg"), 1),
    () => put(catalog, "/photos", name, null, "permission denied"),
    () => catalog.files.forgetFailures(),
    () => put(catalog, "/photos", name, 1),
    () => catalog.files.setMissing(id, name, true),
    () => catalog.files.setMissing(id, name, false),
  ]) {
    catalog.directories.setDigest(id, digest);
    expect(digests()).toEqual([digest, digest]);
    change();
    expect(digests()).toEqual([digest, null]);
  }
  catalog.files.forgetContents([1]);
  expect(digests()).toEqual([null, null]);
});

test("contents are unused as long as the last file that had them is missing, or has another", () => {
  const catalog = open();
  for (const id of [1, 2, 3, 4]) catalog.contents.insert({ id, hash: hash(id), bytes: 1 });
  const [a, b] = [bytePathFromText("a"), bytePathFromText("b")];
  put(catalog, "/photos", a, 1);
  put(catalog, "/photos", b, 2);
  put(catalog, "/photos", bytePathFromText("c"), 3);
  const id = catalog.directories.find(bytePathFromText("/photos")) as number;
  const before = Date.now() - 1;
  catalog.files.setMissing(id, b, true);
  put(catalog, "/photos", a, 3);
  const now = Date.now();
  // 4 was never any file's: a run was killed.
  expect(catalog.contents.unusedSince(before)).toEqual([4]);
  expect(catalog.contents.unusedSince(now)).toEqual([1, 2, 4]);
  expect([catalog.files.missingSince(before), catalog.files.missingSince(now)]).toEqual([0, 1]);
  expect(catalog.files.removeMissing(now)).toBe(1);
  catalog.contents.remove([1, 2, 4]);
  expect(catalog.contents.encodableIds()).toEqual([3]);
  expect(catalog.directories.removeEmpty()).toBe(0);
});

test("a catalog of the first schema keeps what it knows", () => {
  const directory = temporaryDirectory();
  const db = new Database(join(directory, "catalog.db"));
  db.exec(readFileSync(new URL("../../src/db/migrations/001-initial.sql", import.meta.url), "utf8"));
  db.exec(`
    PRAGMA user_version = 1;
    INSERT INTO contents (id, hash, bytes) VALUES (1, zeroblob(16), 5), (2, randomblob(16), 6);
    INSERT INTO roots VALUES (CAST('/photos' AS BLOB));
    INSERT INTO directories VALUES (1, CAST('/photos' AS BLOB));
    INSERT INTO files VALUES (1, CAST('here' AS BLOB), 5, 7, 8, 1, 0, NULL), (1, CAST('away' AS BLOB), 5, 7, 9, 1, 1, NULL);
  `);
  db.close();
  const before = Date.now() - 1;
  const catalog = open(directory);
  expect(catalog.roots.all()).toEqual([{ path: "/photos", rules: {}, device: null }]);
  expect(catalog.directories.within(bytePathFromText("/"))).toEqual([{ id: 1, path: "/photos", digest: null }]);
  const file = { bytes: 5n, mtimeNs: 7n, ctimeNs: 0n, contentId: 1, error: null };
  expect(catalog.files.inDirectory(1)).toEqual(
    new Map([
      ["away", { ...file, inode: 9n, missing: true }],
      ["here", { ...file, inode: 8n, missing: false }],
    ]),
  );
  expect(catalog.files.missingSince(before)).toBe(0);
  expect(catalog.files.missingSince(Date.now() + 1)).toBe(1);
  expect(catalog.contents.unusedSince(before)).toEqual([]);
  expect(catalog.contents.unusedSince(Date.now() + 1)).toEqual([2]);
});
