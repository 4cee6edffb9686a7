import { join } from "node:path";
import Database from "better-sqlite3";
import { expect, onTestFinished, test } from "vitest";
import { withoutMetadata } from "../../../../test/support/older-catalog.ts";
import { temporaryDirectory } from "../../../../test/support/temporary-directory.ts";
import { bytePathFromText } from "../../src/byte-path.ts";
import { type Catalog, openCatalog } from "../../src/db/open-catalog.ts";
import type { PhotoMetadata } from "../../src/photo-metadata.ts";

const directory = (): string => temporaryDirectory();
const fingerprint = { bytes: 1n, mtimeNs: 2n, ctimeNs: 3n, inode: 4n };

function open(path = directory()): Catalog {
  const catalog = openCatalog(path);
  onTestFinished(() => catalog.close());
  catalog.contents.insert({ id: 1, hash: new Uint8Array(16), bytes: 1 });
  return catalog;
}

const full: PhotoMetadata = {
  taken: -5,
  takenOffset: -720,
  latitude: -33.8666667,
  longitude: 151.2,
  altitude: -3.5,
  camera: "X",
  lens: "y",
  rating: 5,
  caption: "a\nb",
  keywords: ["a", "b"],
};

test("everything comes back; nothing is nothing", () => {
  const { metadata } = open();
  expect([metadata.of(1), metadata.embedded(1), metadata.isDescribed(1)]).toEqual([{}, {}, false]);
  metadata.describe(1, full);
  expect([metadata.of(1), metadata.embedded(1), metadata.isDescribed(1)]).toEqual([full, full, true]);
  metadata.describe(1, { rating: 0, keywords: [] });
  expect(metadata.of(1)).toEqual({});
});

test("what sidecars say does not touch what the photo says, and writes nothing where nothing changes", () => {
  const { metadata } = open();
  metadata.describe(1, full);
  expect(metadata.refine(1, full)).toBe(false);
  expect(metadata.refine(1, { ...full, rating: 0, keywords: ["c"] })).toBe(true);
  expect(metadata.refine(1, { ...full, rating: 0, keywords: ["c"] })).toBe(false);
  const { rating: _, ...rest } = full;
  expect([metadata.of(1), metadata.embedded(1)]).toEqual([{ ...rest, keywords: ["c"] }, full]);
  expect(metadata.refine(1, metadata.embedded(1))).toBe(true);
  expect([metadata.of(1), metadata.embedded(1)]).toEqual([full, full]);
});

test("what is known goes with its content, a sidecar with its directory", () => {
  const path = directory();
  const catalog = open(path);
  const id = catalog.directories.findOrInsert(bytePathFromText("/photos"));
  catalog.sidecars.put(id, { name: bytePathFromText("a.xmp"), fingerprint, metadata: full });
  catalog.metadata.describe(1, full);
  expect(catalog.sidecars.inDirectory(id)).toEqual([{ name: "a.xmp", fingerprint, metadata: full }]);
  expect(catalog.check()).toEqual([]);
  catalog.contents.remove([1]);
  catalog.directories.removeEmpty();
  const db = new Database(join(path, "catalog.db"), { readonly: true });
  onTestFinished(() => void db.close());
  for (const table of ["metadata", "keywords", "sidecars"]) {
    expect(db.prepare(`SELECT count(*) FROM ${table}`).pluck().get()).toBe(0);
  }
});

test("what is no JSON is told by a check of the catalog", () => {
  const path = directory();
  const catalog = open(path);
  catalog.metadata.describe(1, full);
  const db = new Database(join(path, "catalog.db"));
  db.pragma("ignore_check_constraints = ON");
  db.exec("UPDATE metadata SET embedded = '{'");
  db.close();
  expect(catalog.check()).toEqual(["CHECK constraint failed in metadata"]);
});

test("a sidecar that comes, changes or goes takes the digest of its directory away", () => {
  const catalog = open();
  const id = catalog.directories.findOrInsert(bytePathFromText("/photos"));
  const row = { name: bytePathFromText("a.xmp"), fingerprint, metadata: {} };
  const changes = [
    () => catalog.sidecars.put(id, row),
    () => catalog.sidecars.put(id, { ...row, metadata: { rating: 1 } }),
    () => catalog.sidecars.remove(id, row.name),
  ];
  for (const change of changes) {
    catalog.directories.setDigest(id, new Uint8Array(16).fill(7));
    expect(catalog.directories.all()[0]?.digest).not.toBeNull();
    change();
    expect(catalog.directories.all()[0]?.digest).toBeNull();
  }
});

test("a catalog of schema 5 comes up to date: its contents are to be described, but for those without a vector", () => {
  const path = directory();
  const before = openCatalog(path);
  const id = before.directories.findOrInsert(bytePathFromText("/photos"));
  for (const [at, error] of [undefined, "broken", undefined].entries()) {
    const content = at + 1;
    before.contents.insert({ id: content, hash: new Uint8Array(16).fill(content), bytes: 1, error });
    const missingSince = at === 2 ? 1 : null;
    const name = bytePathFromText(`${content}.jpg`);
    before.files.put({ directoryId: id, name, fingerprint, contentId: content, error: null, missingSince });
  }
  before.close();
  withoutMetadata(join(path, "catalog.db"));
  const after = openCatalog(path);
  onTestFinished(() => after.close());
  expect(after.metadata.undescribed()).toBe(1);
  expect(after.metadata.undescribedAfter(0, 10)).toEqual([{ id: 1, directory: "/photos", name: "1.jpg", fingerprint }]);
  expect(after.metadata.undescribedAfter(1, 10)).toEqual([]);
  after.metadata.describe(1, {});
  expect(after.metadata.undescribed()).toBe(0);
  expect(after.check()).toEqual([]);
});
