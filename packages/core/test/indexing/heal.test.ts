import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { temporaryDirectory } from "../../../../test/support/temporary-directory.ts";
import { bytePathFromText, type BytePath } from "../../src/byte-path.ts";
import { type Catalog, openCatalog } from "../../src/db/open-catalog.ts";
import { heal } from "../../src/indexing/heal.ts";
import { Vectors } from "../../src/vectors.ts";

/** A catalog with a file of each of these contents, and a store with vectors of these ids. */
async function open(contents: readonly number[], ids: readonly number[]): Promise<[Catalog, Vectors]> {
  const catalog = openCatalog(temporaryDirectory());
  const vectors = Vectors.open(join(temporaryDirectory(), "store"), { dims: 1, write: true });
  onTestFinished(() => {
    vectors.close();
    catalog.close();
  });
  const directoryId = catalog.directories.findOrInsert(bytePathFromText("/photos"));
  const fingerprint = { bytes: 1n, mtimeNs: 1n, ctimeNs: 0n, inode: 1n };
  for (const id of contents) {
    catalog.contents.insert({ id, hash: new Uint8Array(16).fill(id), bytes: 1 });
    const name = bytePathFromText(`${id}.jpg`);
    catalog.files.put({ directoryId, name, fingerprint, contentId: id, error: null });
  }
  if (ids.length > 0) await vectors.append(ids, Float32Array.from(ids));
  return [catalog, vectors];
}

test("where catalog and store agree, nothing happens", async () => {
  const [catalog, vectors] = await open([1, 2, 3], [1, 2, 3]);
  expect(await heal(catalog, vectors, true)).toEqual({ lost: new Set(), files: 0 });
  expect(vectors.ids()).toEqual([1, 2, 3]);
});

test("vectors of no content are deleted, and their ids never given: a repair may bring them back", async () => {
  const [catalog, vectors] = await open([1, 3], [1, 2, 3, 8, 9]);
  expect(await heal(catalog, vectors, true)).toEqual({ lost: new Set(), files: 0 });
  expect(vectors.ids()).toEqual([1, 3]);
  expect(catalog.contents.lastId()).toBe(9);
});

test("contents without their vector are to be encoded again, and their files to be read, once", async () => {
  const [catalog, vectors] = await open([1, 2, 3], [2]);
  expect(await heal(catalog, vectors, true)).toEqual({ lost: new Set([1, 3]), files: 2 });
  expect(catalog.files.presentByContent()).toEqual([
    { contentId: null, files: 2 },
    { contentId: 2, files: 1 },
  ]);
  expect(await heal(catalog, vectors, true)).toEqual({ lost: new Set([1, 3]), files: 0 });
});

test("while another model's vectors are searched, files keep their contents, and are read again all the same", async () => {
  const [catalog, vectors] = await open([1, 2, 3], [2]);
  expect(await heal(catalog, vectors, false)).toEqual({ lost: new Set([1, 3]), files: 2 });
  expect(catalog.files.presentByContent()).toEqual([1, 2, 3].map((contentId) => ({ contentId, files: 1 })));
  const directory = catalog.directories.within("/" as BytePath)[0]!;
  const sizes = [...catalog.files.inDirectory(directory.id).values()].map(({ bytes }) => bytes);
  expect(sizes.filter((bytes) => bytes === -1n)).toHaveLength(2);
});
