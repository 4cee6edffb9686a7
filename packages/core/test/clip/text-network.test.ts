import { readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { withGraphsForTexts } from "../../../../test/support/tower-graphs.ts";
import type { ClipConfig } from "../../../../test/support/random-clip.ts";
import { dotProduct } from "../../src/clip/dot-product.ts";
import { openTextNetwork } from "../../src/clip/text-network.ts";
import { TextTower } from "../../src/clip/text-tower.ts";
import { writeTextWeights } from "../../src/models/compile/tower-weights-file.ts";
import type { TextWeights } from "../../src/models/compile/tower-weights.ts";
import type { ModelManifest } from "../../src/models/model-manifest.ts";
import { openModel } from "../../src/models/open-model.ts";
import { verifyModel } from "../../src/models/verify-model.ts";
import { bothForms, putOther } from "./both-forms.ts";

const config: ClipConfig = {
  embed_dim: 40,
  vision_cfg: { image_size: 32, layers: 1, width: 32, patch_size: 16, head_width: 16 },
  text_cfg: { context_length: 20, vocab_size: 49_408, width: 72, heads: 4, layers: 3 },
};
const precisions = ["fp32", "int8"] as const;
const texts = ["", "a dog", "a red car at night, seen from far above", "one two three four five six ".repeat(9)];

const { own, graphs, copyOfOwn } = bothForms(config, withGraphsForTexts);

async function vectors(directory: string, precision: (typeof precisions)[number]): Promise<Float32Array[]> {
  await using tower = await TextTower.open(openModel(directory, precision));
  const all: Float32Array[] = [];
  for (const text of texts) all.push((await tower.embedText(text)).vector);
  return all;
}

test.each([
  ["fp32", 0.999_999],
  ["int8", 0.99],
] as const)("clipfind's own tower agrees with onnxruntime's exact graph, in %s", async (precision, least) => {
  const exact = await vectors(graphs, "fp32");
  const found = await vectors(own, precision);
  for (const [at, vector] of found.entries()) expect(dotProduct(vector, exact[at]!)).toBeGreaterThan(least);
  // Texts that mean something else are further apart than that.
  expect(dotProduct(found[1]!, found[2]!)).toBeLessThan(0.98);
});

test("a model compiled before there was an own tower goes on working, and is the same model", async () => {
  for (const precision of precisions) {
    const [old, now] = [openModel(graphs, precision), openModel(own, precision)];
    expect(old.fingerprint).toBe(now.fingerprint);
    await verifyModel(old);
    expect(Object.keys(old.manifest.files)).toContain(`textual/${precision}.ort`);
    expect(Object.keys(now.manifest.files)).toContain(`textual/${precision}.weights`);
    const [ours, theirs] = [await vectors(own, precision), await vectors(graphs, precision)];
    for (const [at, vector] of ours.entries()) expect(dotProduct(vector, theirs[at]!)).toBeGreaterThan(0.99);
  }
});

test("a text's vector is the same to the bit alone and after others", async () => {
  for (const precision of precisions) {
    const together = await vectors(own, precision);
    const network = await openTextNetwork(openModel(own, precision));
    const ids = [49_406, 320, 2368, 49_407];
    const first = await network.run(ids);
    await network.run([49_406, 49_407]);
    expect(await network.run(ids)).toEqual(first);
    await network.close();
    await network.close();
    await expect(network.run(ids)).rejects.toMatchObject({ code: "CLOSED" });
    expect(await vectors(own, precision)).toEqual(together);
  }
});

describe("weights that are not what they should be", () => {
  const open = async (directory: string) => (await openTextNetwork(openModel(directory))).close();
  const file = "textual/fp32.weights";

  test("are named: missing, of another size, or not the model's", async () => {
    const directory = copyOfOwn();
    const place = join(directory, file);
    const bytes = readFileSync(place);
    rmSync(place);
    await expect(open(directory)).rejects.toMatchObject({
      code: "MODEL_NOT_FOUND",
      message: expect.stringContaining(place),
    });
    writeFileSync(place, bytes.subarray(0, 5000));
    await expect(open(directory)).rejects.toMatchObject({
      code: "MODEL_INVALID",
      message: expect.stringContaining(place),
    });
    writeFileSync(place, bytes.fill(1, 100, 200));
    await expect(verifyModel(openModel(directory))).rejects.toMatchObject({
      code: "MODEL_INVALID",
      message: expect.stringContaining(place),
    });
  });

  test("are refused when their header is damaged, with the file and a way out", async () => {
    const directory = copyOfOwn();
    const place = join(directory, file);
    const bytes = readFileSync(place);
    bytes[20]! ^= 4;
    writeFileSync(place, bytes);
    await expect(open(directory)).rejects.toMatchObject({
      name: "ClipfindError",
      code: "MODEL_INVALID",
      message: `${place}: expected the weights of a tower; its header is not as it was written.`,
      hint: "Pull or copy the model again.",
    });
  });

  test("are refused when they are another model's", async () => {
    for (const other of [
      { ...config, embed_dim: 41 },
      { ...config, text_cfg: { ...config.text_cfg, width: 68 } },
    ]) {
      const directory = copyOfOwn();
      const place = join(directory, file);
      putOther(directory, file, other, (path, { weights }) =>
        writeTextWeights(path, weights.text as TextWeights, weights.dims, "fp32"),
      );
      await expect(open(directory)).rejects.toMatchObject({
        code: "MODEL_MISMATCH",
        message: expect.stringContaining(place),
      });
    }
  });

  test("end a text with an error when they are cut short meanwhile, and not the process", async () => {
    const directory = copyOfOwn();
    await using tower = await TextTower.open(openModel(directory));
    await tower.embedText("a dog");
    truncateSync(join(directory, file), 30_000);
    await expect(tower.embedText("a dog")).rejects.toMatchObject({
      code: "MODEL_INVALID",
      message: `${join(directory, file)}: expected the weights of a tower; it ends too early.`,
    });
  });

  test("that are no numbers make no vector", async () => {
    const directory = copyOfOwn();
    const bytes = readFileSync(join(directory, file));
    writeFileSync(join(directory, file), bytes.fill(0xff, 64));
    await using tower = await TextTower.open(openModel(directory));
    await expect(tower.embedText("a dog")).rejects.toMatchObject({ code: "MODEL_FAILED" });
  });

  test("are not taken for a tower that looks ahead, nor are half of them", () => {
    const directory = copyOfOwn();
    const place = join(directory, "model.json");
    const manifest = JSON.parse(readFileSync(place, "utf8")) as ModelManifest;
    const compiled = { ...manifest.compiled!, text: { ...manifest.compiled!.text, causal: false } };
    writeFileSync(place, JSON.stringify({ ...manifest, compiled }));
    expect(() => openModel(directory)).toThrow(
      /expected files to be an object with the keys .*fp32\.ort.*, found "textual\/fp32\.weights"/,
    );
    const { "textual/int8.weights": _, ...files } = manifest.files;
    writeFileSync(place, JSON.stringify({ ...manifest, files }));
    expect(() => openModel(directory)).toThrow(/expected files\["textual\/int8.weights"\] to be an object/);
  });
});
