import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import Database from "better-sqlite3";
import { expect, onTestFinished, test } from "vitest";
import { temporaryDirectory } from "../../../../test/support/temporary-directory.ts";
import { type BytePath, bytePathFromBuffer, bytePathFromText } from "../../src/byte-path.ts";
import { type Catalog, openCatalog } from "../../src/db/open-catalog.ts";

const fingerprint = { bytes: 1n, mtimeNs: 1_795_437_784_123_456_789n, inode: -5n };
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
  expect(second.files.presentPaths(7)).toEqual([`/photos/${name}`]);
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
  // All pages from the sixteenth on; the first ones hold the schema.
  bytes.fill(0xa5, 16 * 4096);
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
  expect(catalog.files.presentPaths(1)).toEqual([]);
  expect(catalog.files.counts()).toEqual({ present: 0, missing: 1, failed: 0 });
  catalog.files.setMissing(id, name, false);
  expect(catalog.files.presentPaths(1)).toEqual(["/photos/a.jpg"]);
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
      catalog.roots.add(bytePathFromText("/photos"));
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
