import { copyFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import sharp from "sharp";
import { expect, test } from "vitest";
import { temporaryDirectory } from "../../../test/support/temporary-directory.ts";
import { type IndexEvent, Library } from "../src/index.ts";
import { payloadAt, tiff } from "./clip/container-pictures.ts";

const pictures = join(import.meta.dirname, "clip/pictures");

test("a folder of all formats: each is found, a RAW with its JPEG once, what is no picture is told", async () => {
  const folder = temporaryDirectory();
  const formats = readdirSync(pictures).filter((name) => !name.endsWith(".md"));
  for (const name of formats) copyFileSync(join(pictures, name), join(folder, name));
  const jpeg = await sharp({ create: { width: 500, height: 400, channels: 3, background: "green" } })
    .jpeg()
    .toBuffer();
  const raw = tiff({
    directories: [
      [
        [262, 32803],
        [513, payloadAt],
      ],
    ],
    payload: jpeg,
  });
  writeFileSync(join(folder, "pair.NEF"), raw);
  writeFileSync(join(folder, "pair.JPG"), jpeg);
  writeFileSync(join(folder, "alone.NEF"), Buffer.concat([raw, Buffer.from("another")]));
  writeFileSync(join(folder, "PNG.jpg"), await sharp(jpeg).resize(300).png().toBuffer());
  writeFileSync(join(folder, "svg.jpg"), "<svg xmlns='http://www.w3.org/2000/svg'/>");
  writeFileSync(join(folder, "large.jpg"), await sharp(jpeg).resize(1200, 1000).jpeg().toBuffer());

  await using library = Library.open(temporaryDirectory());
  const index = async (options: { maxMegapixels?: number; retryFailed?: boolean }): Promise<IndexEvent[]> => {
    const events: IndexEvent[] = [];
    for await (const event of library.index([folder], options)) events.push(event);
    return events;
  };
  const done = (await index({ maxMegapixels: 1 })).at(-1);
  expect(done).toMatchObject({ type: "done", progress: { encoded: formats.length + 3, failed: 2 } });
  const failed = library.status().failed.map(({ path, reason }) => `${path.slice(folder.length + 1)}: ${reason}`);
  expect(failed.toSorted()).toEqual([
    expect.stringMatching(/^large\.jpg: Expected at most 1 megapixels, found 1200 x 1000/),
    "svg.jpg: Expected a picture of a format that is read, found an SVG drawing.",
  ]);
  expect((await index({})).at(-1)).toMatchObject({ progress: { encoded: 0 } });
  expect((await index({ retryFailed: true })).at(-1)).toMatchObject({ progress: { encoded: 1, failed: 1 } });
});
