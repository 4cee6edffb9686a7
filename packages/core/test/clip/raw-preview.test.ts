import sharp from "sharp";
import { describe, expect, test } from "vitest";
import { jpegSize } from "../../src/clip/jpeg-size.ts";
import { preprocess } from "../../src/clip/preprocess.ts";
import { isRawTiff } from "../../src/clip/raw-preview.ts";
import { tiffDirectories } from "../../src/clip/tiff-directories.ts";
import { box, payloadAt, tiff } from "./container-pictures.ts";
import { clipImage, psnr } from "./pixels.ts";

// Constructed files: the containers hold the least that the formats' structure asks for; no camera wrote them.

const settings = clipImage();
const [compression, photometric, stripOffsets, orientation, jpegOffset] = [259, 262, 273, 274, 513] as const;
const colourFilterArray = 32803;

function jpeg(width: number, height: number): Promise<Buffer> {
  const pixels = Buffer.from(
    Array.from({ length: width * height }, (_, at) => [
      ((at % width) * 255) / width,
      (Math.floor(at / width) * 255) / height,
      at % width < 40 ? 200 : 20,
    ]).flat(),
  );
  return sharp(pixels, { raw: { width, height, channels: 3 } })
    .jpeg({ quality: 90 })
    .toBuffer();
}

const [large, small] = [await jpeg(480, 320), await jpeg(160, 120)];

/** Sensor data, as which a lossless JPEG is made up: SOI, SOF3 of 4000 x 3000, 14 bits. */
const sensor = Buffer.from([0xff, 0xd8, 0xff, 0xc3, 0, 14, 14, 0x0b, 0xb8, 0x0f, 0xa0, 2, 0, 0x11, 0, 1, 0x11, 0]);
const payload = Buffer.concat([small, sensor, large]);
const [smallAt, sensorAt, largeAt] = [payloadAt, payloadAt + small.length, payloadAt + small.length + sensor.length];

const sensorDirectory = [
  [compression, 7],
  [photometric, colourFilterArray],
  [stripOffsets, sensorAt],
] as const;

const boxedTiff = tiff({ directories: [[[orientation, 6]]] });

const raws: Record<string, Buffer> = {
  "ARW: the JPEG of the first directory": tiff({
    directories: [
      [
        [orientation, 6],
        [jpegOffset, largeAt],
      ],
      [[jpegOffset, smallAt]],
    ],
    below: [sensorDirectory],
    payload,
  }),
  "NEF and DNG: a strip of JPEG below the first directory": tiff({
    directories: [
      [
        [orientation, 6],
        [jpegOffset, smallAt],
      ],
    ],
    below: [
      sensorDirectory,
      [
        [compression, 7],
        [photometric, 6],
        [stripOffsets, largeAt],
      ],
    ],
    payload,
  }),
  "CR2: a strip of JPEG in the first directory": tiff({
    directories: [
      [
        [orientation, 6],
        [compression, 6],
        [stripOffsets, largeAt],
      ],
      [[jpegOffset, smallAt]],
    ],
    below: [sensorDirectory],
    payload,
  }),
  "RW2: a JPEG as a field": tiff({
    magic: "IIU\0",
    directories: [
      [
        [orientation, 6],
        [46, large],
      ],
    ],
    payload: large,
  }),
  "ORF: a JPEG that only a maker's note names": tiff({
    magic: "IIRO",
    directories: [[[orientation, 6]]],
    payload,
  }),
  "CR3: a JPEG in the media data, the orientation in CMT1": Buffer.concat([
    box("ftyp", Buffer.from("crx \0\0\0\x01crx isom", "latin1")),
    box("moov", box("uuid", Buffer.alloc(16), box("CMT1", boxedTiff))),
    box("mdat", payload),
  ]),
};

describe("a RAW is seen by its largest preview, turned as the RAW says", () => {
  test.each(Object.keys(raws))("%s", async (name) => {
    const seen = await preprocess(raws[name]!, settings);
    expect(seen).toMatchObject({ format: "raw", width: 320, height: 480 });
    const turned = await sharp(large).rotate(90).png().toBuffer();
    expect(psnr(seen.pixels, (await preprocess(turned, settings)).pixels)).toBeGreaterThan(48);
  });

  test("RAF: the JPEG of the header, turned as its own EXIF says", async () => {
    const turned = await sharp(large).withMetadata({ orientation: 6 }).jpeg().toBuffer();
    const header = Buffer.alloc(160);
    header.write("FUJIFILMCCD-RAW 0201FF000000", 0, "latin1");
    header.writeUInt32BE(160, 84);
    header.writeUInt32BE(turned.length, 88);
    const seen = await preprocess(Buffer.concat([header, turned]), settings);
    expect(seen).toMatchObject({ format: "raw", width: 320, height: 480 });
  });
});

test("a RAW whose previews are smaller than the model's input is refused, and so is one without any", async () => {
  const directories = [[[jpegOffset, smallAt]]] as const;
  const onlySmall = tiff({ directories, below: [sensorDirectory], payload: Buffer.concat([small, sensor]) });
  await expect(preprocess(onlySmall, settings)).rejects.toMatchObject({
    code: "IMAGE_UNREADABLE",
    message: "Expected a RAW file with a JPEG preview of at least 224 x 224 pixels, found 160 x 120.",
  });
  await expect(preprocess(tiff({ directories: [sensorDirectory] }), settings)).rejects.toMatchObject({
    code: "IMAGE_UNREADABLE",
    message: expect.stringMatching(/found none\.$/),
  });
  expect(await preprocess(onlySmall, { ...settings, size: 96 })).toMatchObject({ width: 160, height: 120 });
});

test("a DNG's tiles of JPEG are no previews", async () => {
  const dng = tiff({
    directories: [
      [
        [50706, 0x401],
        [jpegOffset, smallAt],
      ],
    ],
    payload,
  });
  await expect(preprocess(dng, settings)).rejects.toMatchObject({ message: expect.stringMatching(/found 160 x 120/) });
});

test("a plain TIFF is none, even one that holds a JPEG", async () => {
  const picture = sharp({ create: { width: 20, height: 20, channels: 3, background: "red" } });
  for (const options of [{}, { compression: "jpeg" }] as const) {
    expect(isRawTiff(await picture.clone().tiff(options).toBuffer())).toBe(false);
  }
});

describe("a hostile RAW ends in a reason, soon", () => {
  const loop = tiff({
    directories: [
      [
        [photometric, colourFilterArray],
        [330, [16, 16, 16]],
      ],
      [[jpegOffset, 16]],
    ],
  });
  loop.writeUInt32LE(16, 16 + 512 + 2 + 12); // the second directory is followed by the first
  const beyond = tiff({
    directories: [
      [
        [photometric, colourFilterArray],
        [jpegOffset, 0xffffffff],
        [compression, 6],
        [stripOffsets, 2 ** 31],
      ],
    ],
  });
  const counts = tiff({
    directories: [
      [
        [photometric, colourFilterArray],
        [330, [1, 2, 3]],
      ],
    ],
  });
  counts.writeUInt32LE(0xffffffff, 16 + 2 + 12 + 4);
  const starts = tiff({
    magic: "IIRO",
    directories: [[]],
    payload: Buffer.alloc(30_000_000, "\xff\xd8\xff", "latin1"),
  });
  test.each([
    ["directories in a loop", loop],
    ["offsets beyond the end", beyond],
    ["a count of 4 billion", counts],
    ["ten million beginnings of JPEGs", starts],
    ["a file of nothing but a head", Buffer.from("II*\0\x10\0\0\0CR\x02\0", "latin1")],
  ])("%s", async (_, bytes) => {
    const start = performance.now();
    await expect(preprocess(bytes, settings)).rejects.toMatchObject({ code: "IMAGE_UNREADABLE" });
    expect(performance.now() - start).toBeLessThan(3000);
  });

  test("any byte of one may be another", async () => {
    const whole = raws["NEF and DNG: a strip of JPEG below the first directory"]!;
    let state = 1;
    const random = (below: number): number => {
      state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
      return Math.floor((state / 2 ** 32) * below);
    };
    for (let round = 0; round < 2000; round++) {
      const bytes = Buffer.from(whole);
      for (let change = 0; change < 5; change++) bytes[random(payloadAt)] = random(256);
      for (const directory of tiffDirectories(bytes)) {
        expect(directory.numbers(jpegOffset).length).toBeLessThanOrEqual(4096);
      }
    }
  });
});

test("the size of a JPEG is read from its header, wherever it begins", () => {
  expect(jpegSize(payload, 0)).toEqual({ width: 160, height: 120 });
  expect(jpegSize(payload, small.length)).toBeUndefined(); // lossless
  expect(jpegSize(payload, small.length + sensor.length)).toEqual({ width: 480, height: 320 });
  for (const start of [1, payload.length - 1, payload.length, 1e12]) expect(jpegSize(payload, start)).toBeUndefined();
});
