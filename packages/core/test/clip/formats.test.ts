import { readFileSync } from "node:fs";
import path from "node:path";
import sharp from "sharp";
import { describe, expect, test } from "vitest";
import type { ClipfindError } from "../../src/errors.ts";
import { preprocess } from "../../src/clip/preprocess.ts";
import type { PreprocessedImage } from "../../src/clip/preprocessed-image.ts";
import { bmp } from "./container-pictures.ts";
import { clipImage, meanColour, psnr } from "./pixels.ts";

const settings = clipImage();

function file(name: string): Buffer {
  return readFileSync(path.join(import.meta.dirname, "pictures", name));
}

function read(name: string): Promise<PreprocessedImage> {
  return preprocess(file(name), settings);
}

async function rgb(): Promise<Buffer> {
  return sharp(file("picture.png")).removeAlpha().raw().toBuffer();
}

describe("a lossless picture gives the very tensor of the same PNG", () => {
  test.each([
    ["lossless.jp2", "jpeg2000", "picture.png"],
    ["lossless.j2k", "jpeg2000", "picture.png"],
    ["lossless.jxl", "jxl", "picture.png"],
    ["lossless.heic", "heic", "picture.png"],
    ["alpha.jp2", "jpeg2000", "alpha.png"],
    ["alpha.jxl", "jxl", "alpha.png"],
    ["grey.jp2", "jpeg2000", "grey.png"],
    ["grey.jxl", "jxl", "grey.png"],
  ])("%s", async (name, format, png) => {
    const seen = await read(name);
    expect(seen).toMatchObject({ format, width: 96, height: 64 });
    expect(psnr(seen.pixels, (await read(png)).pixels)).toBeGreaterThan(80);
  });

  test("a BMP", async () => {
    const seen = await preprocess(bmp(96, 64, await rgb()), settings);
    expect(seen).toMatchObject({ format: "bmp", width: 96, height: 64 });
    expect(seen.pixels).toEqual((await read("picture.png")).pixels);
  });

  test.each([
    ["P6, binary", (pixels: Buffer) => Buffer.concat([Buffer.from("P6\n# a note\n96 64\n255\n"), pixels])],
    ["P3, as text", (pixels: Buffer) => Buffer.from(`P3 96 64 255\n${[...pixels].join(" ")}\n`)],
    [
      "P6 of 16 bits",
      (pixels: Buffer) =>
        Buffer.concat([Buffer.from("P6 96 64 65535\n"), Buffer.from([...pixels].flatMap((v) => [v, v]))]),
    ],
    [
      "P7, a PAM",
      (pixels: Buffer) =>
        Buffer.concat([Buffer.from("P7\nWIDTH 96\nHEIGHT 64\nDEPTH 3\nMAXVAL 255\nTUPLTYPE RGB\nENDHDR\n"), pixels]),
    ],
  ])("a PNM: %s", async (_, write) => {
    const seen = await preprocess(write(await rgb()), settings);
    expect(seen).toMatchObject({ format: "pnm", width: 96, height: 64 });
    expect(seen.pixels).toEqual((await read("picture.png")).pixels);
  });
});

test("a PBM's ones are black", async () => {
  expect(meanColour((await preprocess(Buffer.from("P1 2 2 1 1 1 1\n"), settings)).pixels)).toEqual([0, 0, 0]);
  expect(meanColour((await preprocess(Buffer.from("P4 2 2\n\0\0", "latin1"), settings)).pixels)).toEqual([
    255, 255, 255,
  ]);
});

test("16 bits are scaled, not cut: PGM and JPEG 2000", async () => {
  const grey = Buffer.concat([Buffer.from("P5 1 1 65535\n"), Buffer.from([0x80, 0])]);
  expect(meanColour((await preprocess(grey, settings)).pixels)).toEqual([128, 128, 128]);
  const [red] = meanColour((await read("picture.png")).pixels);
  for (const value of meanColour((await read("deep.jp2")).pixels)) expect(Math.abs(value - red!)).toBeLessThan(2);
});

describe("HEIC", () => {
  test("at quality 90 is the picture it was made of", async () => {
    const seen = await read("lossy.heic");
    expect(seen).toMatchObject({ format: "heic", width: 96, height: 64 });
    expect(psnr(seen.pixels, (await read("picture.png")).pixels)).toBeGreaterThan(30);
  });

  test("is seen upright", async () => {
    const seen = await read("turned.heic");
    expect(seen).toMatchObject({ width: 64, height: 96 });
    const turned = await sharp(file("picture.png")).rotate(90).png().toBuffer();
    expect(psnr(seen.pixels, (await preprocess(turned, settings)).pixels)).toBeGreaterThan(30);
  });

  test("goes by its ICC profile, as a PNG does", async () => {
    const [seen, same, unmanaged] = await Promise.all([read("p3.heic"), read("p3.png"), read("picture.png")]);
    expect(psnr(seen.pixels, same.pixels)).toBeGreaterThan(35);
    expect(psnr(same.pixels, unmanaged.pixels)).toBeLessThan(32);
  });

  test("has white where it is transparent", async () => {
    expect(psnr((await read("alpha.heic")).pixels, (await read("alpha.png")).pixels)).toBeGreaterThan(40);
  });
});

describe("limits", () => {
  test.each(["lossless.jp2", "lossless.jxl", "lossless.heic", "picture.png"])(
    "%s is refused by its header when it has more pixels than allowed",
    async (name) => {
      const refused = preprocess(file(name), settings, { maxMegapixels: 0.001 });
      await expect(refused).rejects.toMatchObject({
        code: "IMAGE_UNREADABLE",
        message: expect.stringMatching(/^Expected at most \d+ megapixels, found 96 x 64 pixels/),
      });
      await preprocess(file(name), settings, { maxMegapixels: 1 });
    },
  );

  test("a PNG that inflates to gigabytes is refused, or costs little", async () => {
    // 10,000 x 10,000 pixels of nothing, which a decoder that works by rows need not keep.
    const size = { width: 10_000, height: 10_000 };
    const bomb = await sharp({ create: { ...size, channels: 3, background: "black" }, limitInputPixels: false })
      .toColourspace("b-w")
      .png({ compressionLevel: 1 })
      .toBuffer();
    const before = process.memoryUsage().rss;
    expect(await preprocess(bomb, settings)).toMatchObject(size);
    expect(process.memoryUsage().rss - before).toBeLessThan(150e6);
    await expect(preprocess(bomb, settings, { maxMegapixels: 99 })).rejects.toMatchObject({
      code: "IMAGE_UNREADABLE",
    });
  });

  test("a picture that must be held in memory whole is refused when it does not fit", async () => {
    const picture = sharp({ create: { width: 1000, height: 1000, channels: 3, background: "red" } });
    const [plain, interlaced] = [
      await picture.clone().png().toBuffer(),
      await picture.png({ progressive: true }).toBuffer(),
    ];
    const limits = { maxDecoderMemory: 4e6 };
    await preprocess(plain, settings, limits);
    await expect(preprocess(interlaced, settings, limits)).rejects.toMatchObject({
      message: "Expected at most 1 megapixels, found 1000 x 1000 pixels (1 megapixels).",
    });
  });

  test("a header that announces 4 gigapixels costs no memory", async () => {
    const before = process.memoryUsage().rss;
    const huge = bmp(1, 1, Buffer.alloc(3));
    huge.writeInt32LE(65_000, 18);
    huge.writeInt32LE(65_000, 22);
    const bombs = [huge, Buffer.from("P6 65000 65000 255\n"), Buffer.from("P1 4000000000 4000000000\n1")];
    for (const bomb of bombs) {
      await expect(preprocess(bomb, settings)).rejects.toMatchObject({ code: "IMAGE_UNREADABLE" });
    }
    expect(process.memoryUsage().rss - before).toBeLessThan(50e6);
  });
});

test.each(["lossless.jp2", "lossless.j2k", "lossless.jxl", "lossless.heic", "alpha.heic"])(
  "%s cut at any byte is refused or, at its very end, whole",
  async (name) => {
    const whole = file(name);
    for (let length = 1; length < whole.length; length += Math.ceil(whole.length / 40)) {
      const outcome = await preprocess(whole.subarray(0, length), settings).catch((error: unknown) => error);
      if (outcome instanceof Error) expect(outcome).toMatchObject({ code: "IMAGE_UNREADABLE" });
      else
        expect(psnr((outcome as PreprocessedImage).pixels, (await preprocess(whole, settings)).pixels)).toBeGreaterThan(
          80,
        );
    }
  },
);

test("a BMP and a PNM that end too early are refused", async () => {
  const pixels = await rgb();
  for (const bytes of [bmp(96, 64, pixels), Buffer.concat([Buffer.from("P6 96 64 255\n"), pixels])]) {
    await expect(preprocess(bytes.subarray(0, 9000), settings)).rejects.toMatchObject({
      code: "IMAGE_UNREADABLE",
      message: expect.stringContaining("Expected a whole picture"),
    });
  }
});

test.each(["lossless.jp2", "lossless.j2k", "lossless.jxl", "lossless.heic", "lossy.heic", "turned.heic", "alpha.heic"])(
  "%s with any bytes changed gives a picture or IMAGE_UNREADABLE",
  async (name) => {
    const whole = file(name);
    let state = whole.length;
    const random = (below: number): number => {
      state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
      return Math.floor((state / 2 ** 32) * below);
    };
    const strange: unknown[] = [];
    for (let round = 0; round < 150; round++) {
      const bytes = Buffer.from(whole);
      for (let change = 0; change <= round % 8; change++) bytes[random(bytes.length)] = random(256);
      const outcome = await preprocess(bytes, settings, { maxMegapixels: 1 }).catch((error: unknown) => error);
      if (outcome instanceof Error && (outcome as ClipfindError).code !== "IMAGE_UNREADABLE") strange.push(outcome);
    }
    expect(strange).toEqual([]);
  },
);
