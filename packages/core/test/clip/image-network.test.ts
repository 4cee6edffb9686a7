import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { ClipConfig } from "../../../../test/support/random-clip.ts";
import { withGraphsForImages } from "../../../../test/support/tower-graphs.ts";
import { dotProduct } from "../../src/clip/dot-product.ts";
import { ImageTower } from "../../src/clip/image-tower.ts";
import { type OwnImageWeights, writeImageWeights } from "../../src/models/compile/tower-weights-file.ts";
import { openModel } from "../../src/models/open-model.ts";
import { verifyModel } from "../../src/models/verify-model.ts";
import type { Precision } from "../../src/precision.ts";
import { bothForms, putOther } from "./both-forms.ts";

/** Pictures whose edge no whole patch fills, and more patches than a tile of a kernel has rows. */
const config: ClipConfig = {
  embed_dim: 40,
  vision_cfg: { image_size: 33, layers: 3, width: 72, patch_size: 8, head_width: 18 },
  text_cfg: { context_length: 20, vocab_size: 49_408, width: 32, heads: 2, layers: 1 },
};
const file = "visual/int8.weights";

const { own, graphs, copyOfOwn } = bothForms(config, withGraphsForImages);

/** Smooth pictures of different colours. */
function picture(index: number): Uint8Array {
  return Uint8Array.from({ length: 33 * 33 * 3 }, (_, at) => {
    const [x, y, channel] = [Math.floor(at / 3) % 33, Math.floor(at / 99), at % 3];
    return Math.round(127 + 127 * Math.sin((x * (index + 1)) / 9 + (y * channel) / 7 + 2 * index));
  });
}

async function vectors(directory: string, precision: Precision, count = 5): Promise<Float32Array[]> {
  await using tower = await ImageTower.open(openModel(directory, precision));
  const all: Float32Array[] = [];
  for (let index = 0; index < count; index++) all.push(await tower.embedPixels(picture(index)));
  return all;
}

test("clipfind's own tower agrees with onnxruntime's exact graph, as its int8 graph does", async () => {
  const exact = await vectors(own, "fp32");
  for (const directory of [own, graphs]) {
    const found = await vectors(directory, "int8");
    for (const [at, vector] of found.entries()) expect(dotProduct(vector, exact[at]!)).toBeGreaterThan(0.999);
  }
  // Pictures that show something else are further apart than that.
  expect(dotProduct(exact[0]!, exact[3]!)).toBeLessThan(0.99);
});

test("a model compiled before there was an own tower goes on working; only its int8 vectors are another model's", async () => {
  const [old, now] = [openModel(graphs, "int8"), openModel(own, "int8")];
  expect(openModel(graphs).fingerprint).toBe(openModel(own).fingerprint);
  expect(old.fingerprint).not.toBe(now.fingerprint);
  await verifyModel(old);
  expect(Object.keys(old.manifest.files)).toContain("visual/int8.ort");
  expect(Object.keys(now.manifest.files)).toContain(file);
});

test("a picture's vector is the same to the bit alone and after others", async () => {
  const together = await vectors(own, "int8");
  await using tower = await ImageTower.open(openModel(own, "int8"));
  expect(await tower.embedPixels(picture(4))).toEqual(together[4]);
  expect(await tower.embedPixels(picture(0))).toEqual(together[0]);
  await tower.close();
  await tower.close();
  await expect(tower.embedPixels(picture(0))).rejects.toMatchObject({ code: "CLOSED" });
});

describe("weights that are not what they should be", () => {
  const open = async (directory: string): Promise<void> =>
    (await ImageTower.open(openModel(directory, "int8"))).close();

  test("are named: missing, of another size, or damaged", async () => {
    const directory = copyOfOwn();
    const place = join(directory, file);
    const bytes = readFileSync(place);
    rmSync(place);
    const named = (code: string) => ({ code, message: expect.stringContaining(place) });
    await expect(open(directory)).rejects.toMatchObject(named("MODEL_NOT_FOUND"));
    writeFileSync(place, bytes.subarray(0, 5000));
    await expect(open(directory)).rejects.toMatchObject(named("MODEL_INVALID"));
    const flipped = Buffer.from(bytes);
    flipped[20]! ^= 4;
    writeFileSync(place, flipped);
    await expect(open(directory)).rejects.toMatchObject({
      ...named("MODEL_INVALID"),
      message: `${place}: expected the weights of a tower; its header is not as it was written.`,
    });
    writeFileSync(place, bytes.fill(1, 100, 200));
    await expect(verifyModel(openModel(directory))).rejects.toMatchObject(named("MODEL_INVALID"));
  });

  test("are refused when they are another model's", async () => {
    for (const other of [
      { ...config, embed_dim: 41 },
      { ...config, vision_cfg: { ...config.vision_cfg, image_size: 40 } },
    ]) {
      const directory = copyOfOwn();
      const place = join(directory, file);
      putOther(directory, file, other, (path, { weights, image }) =>
        writeImageWeights(path, weights.image as OwnImageWeights, image, weights.dims, "int8"),
      );
      await expect(open(directory)).rejects.toMatchObject({
        code: "MODEL_MISMATCH",
        message: expect.stringContaining(place),
      });
    }
  });

  test("that are no numbers make no vector", async () => {
    const directory = copyOfOwn();
    const bytes = readFileSync(join(directory, file));
    writeFileSync(join(directory, file), bytes.fill(0xff, 64));
    await using tower = await ImageTower.open(openModel(directory, "int8"));
    await expect(tower.embedPixels(picture(0))).rejects.toMatchObject({ code: "MODEL_FAILED" });
  });
});
