import sharp from "sharp";
import { expect, test } from "vitest";
import { preprocess } from "../../src/clip/preprocess.ts";
import { shrunkPicture } from "../../src/clip/shrunk-picture.ts";
import { inFull, storeTurned, texture } from "./drawn-pictures.ts";
import { clipImage, psnr } from "./pixels.ts";

const settings = clipImage();

async function shrunk(bytes: Buffer): Promise<Uint8Array> {
  const picture = await shrunkPicture(bytes, settings, {});
  if (picture === undefined) throw new Error("refused");
  return picture.pixels;
}

// At a half, a quarter and an eighth of their size; odd ones, and with as little reserve as is taken.
test.each([
  [852, 900],
  [1347, 1201],
  [1703, 2300],
  [2131, 2403],
  [3406, 3500],
])("a JPEG of %i x %i, in whatever sampling, is within 48 dB of decoding in full", async (width, height) => {
  for (const chromaSubsampling of ["4:2:0", "4:4:4"]) {
    const bytes = await texture(width, height).jpeg({ quality: 92, chromaSubsampling }).toBuffer();
    expect(psnr(await shrunk(bytes), await inFull(bytes))).toBeGreaterThan(48);
  }
});

test("grey, and with Huffman tables and quantization of their own", async () => {
  const forms = [
    texture(1201, 1347).greyscale().jpeg({ quality: 90 }),
    texture(1201, 1347).jpeg({ quality: 90, optimiseCoding: true, quantisationTable: 3 }),
    texture(1201, 1347).jpeg({ quality: 40 }),
    texture(1201, 1347).jpeg({ quality: 100 }),
  ];
  for (const form of forms) {
    const bytes = await form.toBuffer();
    expect(psnr(await shrunk(bytes), await inFull(bytes))).toBeGreaterThan(48);
  }
});

test.each([1, 2, 3, 4, 5, 6, 7, 8])("with EXIF orientation %i it is seen upright", async (orientation) => {
  const upright = await texture(900, 1301).jpeg({ quality: 95 }).toBuffer();
  const turned = await (await storeTurned(texture(900, 1301), orientation)).jpeg({ quality: 95 }).toBuffer();
  expect(await shrunkPicture(turned, settings, {})).toMatchObject({ width: 900, height: 1301, format: "jpeg" });
  expect(psnr(await shrunk(turned), await shrunk(upright))).toBeGreaterThan(45);
});

test("squashed to a square it is within 48 dB, too", async () => {
  const bytes = await texture(1301, 900).jpeg({ quality: 92 }).toBuffer();
  const whole = await sharp(bytes).resize(448, 448, { fit: "fill", fastShrinkOnLoad: false }).png().toBuffer();
  const squash = { ...settings, resize: "squash" } as const;
  const wanted = (await preprocess(whole, squash)).pixels;
  expect(psnr((await shrunkPicture(bytes, squash, {}))!.pixels, wanted)).toBeGreaterThan(40);
});

test("what it does not know, and what is damaged, is left to sharp", async () => {
  const picture = texture(900, 900);
  const jpeg = await picture.clone().jpeg().toBuffer();
  const others = {
    progressive: await picture.clone().jpeg({ progressive: true }).toBuffer(),
    "wide gamut": await picture.clone().withIccProfile("p3").jpeg().toBuffer(),
    CMYK: await picture.clone().toColourspace("cmyk").jpeg().toBuffer(),
    small: await texture(850, 900).jpeg().toBuffer(),
    PNG: await picture.clone().png().toBuffer(),
    "cut off": jpeg.subarray(0, jpeg.length / 2),
    empty: Buffer.alloc(0),
  };
  for (const [name, bytes] of Object.entries(others)) {
    expect([name, await shrunkPicture(bytes, settings, {})]).toEqual([name, undefined]);
  }
  await expect(preprocess(others["cut off"], settings)).rejects.toMatchObject({ code: "IMAGE_UNREADABLE" });
  expect(await shrunkPicture(jpeg, settings, { maxMegapixels: 0.8 })).toBeUndefined();
  await expect(preprocess(jpeg, settings, { maxMegapixels: 0.8 })).rejects.toMatchObject({ code: "IMAGE_UNREADABLE" });
});

test("an sRGB profile changes nothing", async () => {
  const bytes = await texture(900, 900).withIccProfile("srgb").jpeg({ quality: 92 }).toBuffer();
  expect((await sharp(bytes).metadata()).icc).toBeDefined();
  expect(psnr(await shrunk(bytes), await inFull(bytes))).toBeGreaterThan(48);
});
