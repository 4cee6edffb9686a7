import { readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { copyDrawings } from "../../../../test/support/drawings.ts";
import { temporaryDirectory } from "../../../../test/support/temporary-directory.ts";
import { bytePathFromText } from "../../src/byte-path.ts";
import { miniModel } from "../../src/models/mini-model.ts";
import { PhotoEncoder, photoError, type PhotoEncoderOptions } from "../../src/photos/photo-encoder.ts";

function start(options?: PhotoEncoderOptions): PhotoEncoder {
  const encoder = PhotoEncoder.start(miniModel(), options);
  onTestFinished(() => encoder.close());
  return encoder;
}

function drawings(count: number): string[] {
  const folder = temporaryDirectory();
  copyDrawings(folder, 0, count);
  return readdirSync(folder).map((name) => join(folder, name));
}

async function vectorOf(encoder: PhotoEncoder, path: string, lane = 0): Promise<Float32Array> {
  await encoder.read(bytePathFromText(path), lane);
  return (await encoder.encode(lane)).vector;
}

test("a vector depends on the photo alone: bit-equal in any order, in company and in any process", async () => {
  const photos = drawings(6);
  const one = start();
  const expected = new Map<string, Float32Array>();
  for (const photo of photos) expected.set(photo, await vectorOf(one, photo));

  const other = start();
  const reversed = new Map<string, Float32Array>();
  for (const photo of photos.toReversed()) reversed.set(photo, await vectorOf(other, photo));
  expect(new Map(photos.map((photo) => [photo, reversed.get(photo)]))).toEqual(expected);

  const inCompany = new Map<string, Float32Array>();
  const queue = [...photos, ...photos];
  const lane = async (number: number): Promise<void> => {
    for (let photo = queue.shift(); photo !== undefined; photo = queue.shift()) {
      inCompany.set(photo, await vectorOf(other, photo, number));
      expect(inCompany.get(photo)).toEqual(expected.get(photo));
    }
  };
  await Promise.all([lane(0), lane(1)]);
  expect(inCompany.size).toBe(6);
});

test("a photo that takes too long costs the encoder, and is told in words", async () => {
  const [photo] = drawings(1) as [string];
  const encoder = start({ photoTimeout: 1 });
  await encoder.open();
  const error = await vectorOf(encoder, photo).catch((caught: unknown) => caught);
  expect(error).toMatchObject({ name: "ProcessLost" });
  expect(encoder.isLost).toBe(true);
  expect(photoError(error)).toMatchObject({
    code: "IMAGE_UNREADABLE",
    message: expect.stringMatching(/^took longer than 0\.00[15] s$/),
  });
});

test("a model that does not fit into the memory is refused, not blamed on a photo", async () => {
  await expect(start({ maximumRss: 1e6 }).open()).rejects.toMatchObject({
    code: "MODEL_FAILED",
    message: "The photo encoder, loading the model, needed more than 1 MB of memory.",
  });
});

test("tells its CPU time by stage", async () => {
  const encoder = start();
  const [photo] = drawings(1) as [string];
  for (let i = 0; i < 20; i++) await vectorOf(encoder, photo);
  const { start: starting, hash, decode, preprocess, encode } = await encoder.times();
  expect(starting).toBeGreaterThan(20);
  expect(encode).toBeGreaterThan(20);
  expect(decode + preprocess).toBeGreaterThan(10);
  expect(hash).toBeGreaterThanOrEqual(0);
  expect(hash).toBeLessThan(encode);
});
