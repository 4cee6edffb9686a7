import { appendFileSync, readFileSync, readdirSync, renameSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { copyDrawings } from "../../../../test/support/drawings.ts";
import { temporaryDirectory } from "../../../../test/support/temporary-directory.ts";
import { openCatalog } from "../../src/db/open-catalog.ts";
import { type IndexEvent, Library } from "../../src/index.ts";
import { KnownSizes } from "../../src/indexing/known-sizes.ts";

/** A library of six drawings, and their folder. */
async function indexed(): Promise<{ directory: string; photos: string }> {
  const base = temporaryDirectory();
  const [directory, photos] = [join(base, "library"), join(base, "photos")];
  copyDrawings(photos, 0, 6);
  await index(directory, photos);
  return { directory, photos };
}

async function index(directory: string, photos: string): Promise<Extract<IndexEvent, { type: "done" }>> {
  await using library = Library.open(directory);
  for await (const event of library.index([photos], { workers: 2 })) {
    if (event.type === "problem") throw new Error(`${event.path}: ${event.reason}`);
    if (event.type === "done") return event;
  }
  throw new Error("expected the run to end with done");
}

const filesOf = (photos: string): string[] => readdirSync(photos).toSorted();

function rename(photos: string, names: readonly string[]): void {
  for (const name of names) renameSync(join(photos, name), join(photos, `new-${name}`));
}

test("renamed files need no encoder: none is started", async () => {
  const { directory, photos } = await indexed();
  rename(photos, filesOf(photos));
  const { progress, stages } = await index(directory, photos);
  expect(progress).toMatchObject({ done: 6, encoded: 0, reused: 6, missing: 6, failed: 0 });
  expect(progress.bytesRead).toBe(progress.bytesToRead);
  expect(stages.hash).toBeGreaterThan(0);
  expect([stages.decode, stages.encode]).toEqual([0, 0]);
});

test("a new photo that is as large as a known one is encoded, among renamed ones", async () => {
  const { directory, photos } = await indexed();
  const [first, ...others] = filesOf(photos);
  rename(photos, others);
  // Bytes behind the end of a JPEG make another file of the same picture.
  const bytes = readFileSync(join(photos, first!));
  writeFileSync(join(photos, "a.jpg"), Buffer.concat([bytes, Buffer.from("a")]));
  await index(directory, photos);
  writeFileSync(join(photos, "b.jpg"), Buffer.concat([bytes, Buffer.from("b")]));
  rename(photos, [first!]);
  const { progress } = await index(directory, photos);
  expect(progress).toMatchObject({ toRead: 2, done: 2, encoded: 1, reused: 1, failed: 0 });
  await using library = Library.open(directory);
  expect(library.status()).toMatchObject({ files: { present: 8 } });
});

test("a photo that no encoder could decode is known as such by its new name too", async () => {
  const { directory, photos } = await indexed();
  writeFileSync(join(photos, "bad.jpg"), "no picture");
  await index(directory, photos).catch(() => undefined);
  renameSync(join(photos, "bad.jpg"), join(photos, "still-bad.jpg"));
  await expect(index(directory, photos)).rejects.toThrow(/still-bad\.jpg: .*no picture/);
});

test("sizes of contents are known, also beyond what they are told apart by", async () => {
  const { directory, photos } = await indexed();
  const catalog = openCatalog(directory);
  const large = 2n ** 33n + 12_345n;
  catalog.contents.insert({ id: 1000, hash: Buffer.alloc(16, 7), bytes: Number(large) });
  const sizes = new KnownSizes(catalog);
  for (const name of filesOf(photos)) {
    const path = join(photos, name);
    expect(sizes.has(BigInt(statSync(path).size))).toBe(true);
    appendFileSync(path, "x".repeat(100_000));
    expect(sizes.has(BigInt(statSync(path).size))).toBe(false);
  }
  expect(sizes.has(large)).toBe(true);
  expect(sizes.has(large + 1n)).toBe(false);
  catalog.close();
});
