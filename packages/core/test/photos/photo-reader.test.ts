import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { temporaryDirectory } from "../../../../test/support/temporary-directory.ts";
import { bytePathFromText } from "../../src/byte-path.ts";
import { contentHash } from "../../src/content-hash.ts";
import { PhotoReader } from "../../src/photos/photo-reader.ts";
import { readPhoto } from "../../src/photos/read-photo.ts";

function start(): PhotoReader {
  const reader = new PhotoReader();
  onTestFinished(() => reader.close());
  return reader;
}

test("says of files what reading them whole says, and nothing of what cannot be read", async () => {
  const folder = temporaryDirectory();
  const path = (name: string) => bytePathFromText(join(folder, name));
  mkdirSync(join(folder, "directory"));
  writeFileSync(join(folder, "empty"), "");
  writeFileSync(join(folder, "größe.jpg"), Buffer.alloc(700_000, 3));
  const names = ["empty", "missing", "größe.jpg", "directory"];
  const reader = start();
  const found = await reader.identify(names.map(path));
  expect(found.map((photo) => photo !== undefined)).toEqual([true, false, true, false]);
  for (const index of [0, 2]) {
    const { bytes, fingerprint } = await readPhoto(path(names[index]!));
    expect(found[index]?.fingerprint).toEqual(fingerprint);
    expect(Buffer.compare(found[index]!.hash, contentHash(bytes))).toBe(0);
  }
  expect(await reader.identify([])).toEqual([]);
  const { start: starting, hash } = await reader.times();
  expect(Math.min(starting, hash)).toBeGreaterThan(0);
});

test("costs nothing where it is not used, and is gone after close()", async () => {
  const reader = start();
  expect(await reader.times()).toEqual({ start: 0, hash: 0 });
  await reader.close();
  reader.warmUp();
  await reader.close();
  await expect(reader.identify([])).rejects.toMatchObject({ code: "CLOSED" });
});
