import { createHash } from "node:crypto";
import { crc32 as crc, deflateSync } from "node:zlib";
import sharp, { type Sharp } from "sharp";
import { describe, expect, test } from "vitest";
import { pixelNormalizer } from "../../src/clip/normalize-pixels.ts";
import { preprocess } from "../../src/clip/preprocess.ts";
import { inFull, storeTurned, texture } from "./drawn-pictures.ts";
import { clipImage, meanColour, psnr } from "./pixels.ts";

const settings = clipImage();

describe("geometry", () => {
  // Odd sizes, for a scaled JPEG loses what a division leaves over; the ratios are around those where the scale changes.
  test.each([
    [224, 224],
    [225, 300],
    [100, 80],
    [448, 449],
    [1347, 1201],
    [1921, 1281],
    [1792, 1795],
    [2131, 2403],
    [3833, 3901],
  ])("a JPEG, WebP and PNG of %i x %i stay within 48 dB of decoding in full", async (width, height) => {
    const picture = texture(width, height);
    const files = [picture.clone().jpeg({ quality: 92 })];
    if (width < 2000) files.push(picture.clone().png({ compressionLevel: 1 }));
    if (width < 1500) files.push(picture.clone().webp({ quality: 90 }));
    for (const file of files) {
      // Big pictures.
      const bytes = await file.toBuffer();
      expect(psnr((await preprocess(bytes, settings)).pixels, await inFull(bytes))).toBeGreaterThan(48);
    }
  });

  test.each([1, 2, 3, 4, 5, 6, 7, 8])("a picture with EXIF orientation %i is seen upright", async (orientation) => {
    const upright = await texture(301, 453).png().toBuffer();
    const stored = await (await storeTurned(texture(301, 453), orientation)).png().toBuffer();
    const seen = await preprocess(stored, settings);
    expect(seen).toMatchObject({ width: 301, height: 453 });
    expect(psnr(seen.pixels, (await preprocess(upright, settings)).pixels)).toBeGreaterThan(50);
  });

  test.each([
    [1, 20_000],
    [20_000, 1],
    [1, 1],
    [2, 3],
    [300, 60_000],
    [60_000, 300],
  ])("a strip of %i x %i costs little and keeps its colour", async (width, height) => {
    const bytes = await plain(width, height, { r: 200, g: 10, b: 30 }).png().toBuffer();
    const before = process.memoryUsage().rss;
    const { pixels } = await preprocess(bytes, settings);
    expect(process.memoryUsage().rss - before).toBeLessThan(150e6);
    expect(meanColour(pixels)).toEqual([200, 10, 30]);
  });

  test("takes the size of the model; mean and deviation are for towers of floats", async () => {
    const bytes = await plain(50, 70, { r: 255, g: 0, b: 51 }).png().toBuffer();
    const { pixels } = await preprocess(bytes, { size: 32 });
    expect(pixels).toHaveLength(3 * 32 * 32);
    expect([...pixels.subarray(0, 6)]).toEqual([255, 0, 51, 255, 0, 51]);
    const tensor = pixelNormalizer({ size: 32, mean: [0.5, 0, 0], std: [0.5, 1, 2] })(pixels);
    expect(tensor).toHaveLength(3 * 32 * 32);
    expect([tensor[0], tensor[1024], tensor[2048]]).toEqual([1, 0, Math.fround(0.1)]);
    expect([tensor[1023], tensor[2047], tensor[3071]]).toEqual([1, 0, Math.fround(0.1)]);
  });

  // Pillow 11 and 13: Image.resize((32, 32), filter) of the same pixels.
  test.each([
    ["bilinear", "6941cb701298c88fe3454faa1b1fd13eabd5f90a8ab5781bda965cfedad62bfb"],
    ["bicubic", "240ab95e768c584c83922e6049e032f102b0e6670f6985679739e8d585f7f948"],
  ] as const)("squashed with a %s filter, a picture has Pillow's bits", async (interpolation, sha256) => {
    const raw = { width: 60, height: 45, channels: 3 } as const;
    const values = Uint8Array.from({ length: 60 * 45 * 3 }, (_, i) => (i * 7919 + ((i * i) % 251)) % 256);
    const bytes = await sharp(values, { raw }).png().toBuffer();
    const { pixels } = await preprocess(bytes, { size: 32, resize: "squash", interpolation });
    expect(createHash("sha256").update(pixels).digest("hex")).toBe(sha256);
  });
});

describe("colour", () => {
  test("transparent parts are white", async () => {
    const half = plain(300, 300, { r: 0, g: 0, b: 0, alpha: 0.5 });
    const hidden = plain(300, 300, { r: 255, g: 0, b: 0, alpha: 0 });
    expect(meanColour((await preprocess(await half.png().toBuffer(), settings)).pixels)).toEqual([127, 127, 127]);
    expect(meanColour((await preprocess(await hidden.webp().toBuffer(), settings)).pixels)).toEqual([255, 255, 255]);
  });

  test.each([
    ["grey", 0, 16, [0x8000], [128, 128, 128]],
    ["grey with alpha", 4, 16, [0x4000, 0x4000], [207, 207, 207]],
    ["RGB", 2, 16, [0x8000, 0x4000, 0xc000], [128, 64, 192]],
    ["RGB with alpha", 6, 16, [0x4000, 0x4000, 0x4000, 0x4000], [207, 207, 207]],
    ["8-bit grey", 0, 8, [64], [64, 64, 64]],
  ] as const)("a PNG of 16 bits keeps its brightness: %s", async (_, type, bits, sample, colour) => {
    for (const side of [100, 900]) {
      const { pixels } = await preprocess(png(side, bits, type, sample), settings);
      for (const [at, value] of meanColour(pixels).entries()) expect(Math.abs(value - colour[at]!)).toBeLessThan(2);
    }
  });

  test("CMYK and wide-gamut pictures come out in sRGB", async () => {
    const red = plain(900, 900, { r: 200, g: 10, b: 30 });
    const cmyk = await red.clone().toColourspace("cmyk").jpeg().toBuffer();
    const p3 = await red.clone().withIccProfile("p3").png().toBuffer();
    for (const bytes of [cmyk, p3]) {
      const colour = meanColour((await preprocess(bytes, settings)).pixels);
      for (const [at, value] of [200, 10, 30].entries()) expect(Math.abs(colour[at]! - value)).toBeLessThan(30);
    }
  });

  test("an animation shows its first frame", async () => {
    const colours = [
      { r: 255, g: 0, b: 0 },
      { r: 0, g: 0, b: 255 },
    ];
    const frames = await Promise.all(colours.map((colour) => plain(40, 40, colour).png().toBuffer()));
    const bytes = await sharp(frames, { join: { animated: true } })
      .gif({ delay: [100, 100] })
      .toBuffer();
    const { pixels, width, height, format } = await preprocess(bytes, settings);
    expect({ width, height, format }).toEqual({ width: 40, height: 40, format: "gif" });
    expect(meanColour(pixels)).toEqual([255, 0, 0]);
  });
});

describe("a file that is no whole picture is IMAGE_UNREADABLE", () => {
  test.each([0.3, 0.9, 0.999])("a JPEG of which %f is left", async (left) => {
    const bytes = await texture(640, 480).jpeg().toBuffer();
    await expect(preprocess(bytes.subarray(0, bytes.length * left), settings)).rejects.toMatchObject({
      code: "IMAGE_UNREADABLE",
      message: expect.stringContaining("the file ends before the picture does"),
    });
  });

  test("a PNG of which half is left", async () => {
    const bytes = await texture(640, 480).png().toBuffer();
    await expect(preprocess(bytes.subarray(0, bytes.length / 2), settings)).rejects.toMatchObject({
      code: "IMAGE_UNREADABLE",
    });
  });

  test("a text named .jpg, an SVG, an empty file", async () => {
    for (const [text, found] of [
      ["just text", "no picture"],
      ["<svg/>", "an SVG"],
      ["", "an empty file"],
    ] as const) {
      await expect(preprocess(Buffer.from(text), settings)).rejects.toMatchObject({
        code: "IMAGE_UNREADABLE",
        message: expect.stringContaining(`found ${found}`),
      });
    }
  });

  test("a picture of a billion pixels, by its header alone", async () => {
    const bytes = png(4, 8, 0, [0]);
    bytes.writeUInt32BE(40_000, 16);
    bytes.writeUInt32BE(40_000, 20);
    bytes.writeUInt32BE(crc(bytes.subarray(12, 29)), 29);
    await expect(preprocess(bytes, settings)).rejects.toMatchObject({
      code: "IMAGE_UNREADABLE",
      message: "Expected at most 500 megapixels, found 40000 x 40000 pixels (1600 megapixels).",
    });
  });
});

test("bytes that follow the picture do no harm", async () => {
  const bytes = await texture(300, 300).jpeg().toBuffer();
  const { pixels } = await preprocess(Buffer.concat([bytes, Buffer.alloc(5000)]), settings);
  expect(pixels).toEqual((await preprocess(bytes, settings)).pixels);
});

function plain(width: number, height: number, background: { r: number; g: number; b: number; alpha?: number }): Sharp {
  return sharp({ create: { width, height, channels: background.alpha === undefined ? 3 : 4, background } });
}

/** A PNG of one colour (PNG specification, third edition): libvips itself writes no 16-bit pictures from 8 bits. */
function png(side: number, bits: 8 | 16, colourType: number, sample: readonly number[]): Buffer {
  const pixel = sample.flatMap((value) => (bits === 16 ? [value >> 8, value & 255] : [value]));
  const row = Buffer.from([0, ...Array.from({ length: side }, () => pixel).flat()]);
  const header = Buffer.alloc(13);
  header.writeUInt32BE(side, 0);
  header.writeUInt32BE(side, 4);
  header.set([bits, colourType], 8);
  const chunks = [
    ["IHDR", header],
    ["IDAT", deflateSync(Buffer.concat(Array.from({ length: side }, () => row)))],
    ["IEND", Buffer.alloc(0)],
  ] as const;
  return Buffer.concat([
    Buffer.from("\x89PNG\r\n\x1a\n", "latin1"),
    ...chunks.map(([name, data]) => chunk(name, data)),
  ]);
}

function chunk(name: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(name), data]);
  const frame = Buffer.alloc(body.length + 8);
  frame.writeUInt32BE(data.length, 0);
  body.copy(frame, 4);
  frame.writeUInt32BE(crc(body), body.length + 4);
  return frame;
}
