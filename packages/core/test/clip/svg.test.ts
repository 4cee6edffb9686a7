import { join } from "node:path";
import { pathToFileURL } from "node:url";
import sharp from "sharp";
import { expect, test } from "vitest";
import { preprocess } from "../../src/clip/preprocess.ts";
import { temporaryDirectory } from "../../../../test/support/temporary-directory.ts";
import { psnr } from "./pixels.ts";

const size = 64;
const svg = (width: number, height: number, more = ""): Buffer =>
  Buffer.from(
    `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="${width}" height="${height}" viewBox="0 0 120 120" preserveAspectRatio="none">
      <rect width="60" height="120" fill="#c00"/><circle cx="80" cy="60" r="30" fill="#06c"/>${more}
    </svg>`,
  );
const render = async (bytes: Buffer): Promise<Uint8Array> => (await preprocess(bytes, { size }, { svg: true })).pixels;

test("a drawing is refused unless it is asked for", async () => {
  await expect(preprocess(svg(120, 120), { size })).rejects.toMatchObject({
    code: "IMAGE_UNREADABLE",
    message: "Expected a picture of a format that is read, found an SVG drawing.",
    hint: "Drawings are taken where that is asked for: `clipfind index DIR --svg`.",
  });
});

test("a drawing looks the same whatever size it is said to have, on white", async () => {
  const large = await sharp(svg(1024, 1024)).flatten({ background: "#fff" }).png().toBuffer();
  const { pixels } = await preprocess(large, { size });
  for (const side of [4, 64, 120, 5000]) expect(psnr(await render(svg(side, side)), pixels)).toBeGreaterThan(35);
});

test("a strip, an empty and a broken drawing are rendered or refused with a reason", async () => {
  expect(await render(svg(3, 30_000))).toHaveLength(3 * size * size);
  for (const text of ["<svg/>", "<svg", '<svg xmlns="http://www.w3.org/2000/svg" width="0" height="0"/>']) {
    await expect(render(Buffer.from(text))).rejects.toMatchObject({ code: "IMAGE_UNREADABLE" });
  }
});

test("a drawing reads no other files", async () => {
  const file = join(temporaryDirectory(), "black.png");
  await sharp({ create: { width: 9, height: 9, channels: 3, background: "#000" } }).toFile(file);
  const other = `<image xlink:href="${pathToFileURL(file).href}" width="120" height="120"/>`;
  expect(await render(svg(120, 120, other))).toEqual(await render(svg(120, 120)));
});
