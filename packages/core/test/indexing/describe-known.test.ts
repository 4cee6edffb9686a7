import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { copyDrawings } from "../../../../test/support/drawings.ts";
import { temporaryDirectory } from "../../../../test/support/temporary-directory.ts";
import { bytePathFromText } from "../../src/byte-path.ts";
import { openCatalog } from "../../src/db/open-catalog.ts";
import { fingerprintOf } from "../../src/fingerprint.ts";
import { describeKnown } from "../../src/indexing/describe-known.ts";
import { ProgressFeed } from "../../src/indexing/progress-feed.ts";
import { PhotoReader } from "../../src/photos/photo-reader.ts";

test("what is stopped between two commits goes on there, and nothing is read twice", async () => {
  const photos = temporaryDirectory();
  copyDrawings(photos, 0, 200);
  const count = readdirSync(photos).length;
  // Three commits.
  expect(count).toBeGreaterThan(128);
  const catalog = openCatalog(temporaryDirectory());
  onTestFinished(() => catalog.close());
  const directory = bytePathFromText(photos);
  // As a version that read no metadata left them behind.
  catalog.transaction(() => {
    const directoryId = catalog.directories.findOrInsert(directory);
    for (const [at, name] of readdirSync(photos).entries()) {
      const fingerprint = fingerprintOf(statSync(join(photos, name), { bigint: true }));
      const hash = Buffer.alloc(16);
      hash.writeUInt32LE(at);
      catalog.contents.insert({ id: at + 1, hash, bytes: 1 });
      catalog.files.put({ directoryId, name: bytePathFromText(name), fingerprint, contentId: at + 1, error: null });
    }
  });
  await using reader = new PhotoReader();
  const roots = [{ path: directory, rules: {}, device: null }];
  const describe = async (stop: AbortController): Promise<number> => {
    const feed = new ProgressFeed();
    const stopping = setInterval(() => {
      if (feed.progress().described > 0) stop.abort();
    }, 1);
    await describeKnown({ catalog, reader, roots, feed, signal: stop.signal });
    clearInterval(stopping);
    const { described, toDescribe } = feed.progress();
    expect(described + catalog.metadata.undescribed()).toBe(toDescribe);
    return described;
  };
  const parts: number[] = [];
  while (catalog.metadata.undescribed() > 0) parts.push(await describe(new AbortController()));
  expect(parts.length).toBeGreaterThan(1);
  expect(parts.reduce((sum, part) => sum + part, 0)).toBe(count);
  expect(catalog.metadata.of(1)).toEqual({ taken: Date.UTC(2022, 4, 8, 16, 41), camera: "Demo Reflex 5" });
});
