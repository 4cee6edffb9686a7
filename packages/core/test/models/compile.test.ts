import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { InferenceSession, Tensor } from "onnxruntime-node";
import { describe, expect, test } from "vitest";
import { readNpy } from "../../../../test/support/read-npy.ts";
import { type ClipConfig, writeRandomClip } from "../../../../test/support/random-clip.ts";
import { needsShared, shared } from "../../../../test/support/shared.ts";
import { temporaryDirectory } from "../../../../test/support/temporary-directory.ts";
import { ImageTower } from "../../src/clip/image-tower.ts";
import { openTextNetwork } from "../../src/clip/text-network.ts";
import { TextTower } from "../../src/clip/text-tower.ts";
import { compileModel } from "../../src/models/compile/compile-model.ts";
import { modelFiles } from "../../src/models/model-manifest.ts";
import type { Precision } from "../../src/precision.ts";
import { type Model, openModel } from "../../src/models/open-model.ts";
import { tinyTokenizer } from "../clip/tiny-tokenizer.ts";
import { verifyModel } from "../../src/models/verify-model.ts";

const fixtures = join(import.meta.dirname, "../../../../test/fixtures/models");
const precisions: readonly Precision[] = ["fp32", "int8"];

/** The model's own cosine to what it should put out: exact weights differ by rounding only, bytes by about a hundredth. */
const least = { fp32: 0.9999, int8: 0.98 };

/** The same of a text in clipfind's own tower. */
const leastOfText = { fp32: 0.999999, int8: 0.99 };

const small: ClipConfig = {
  embed_dim: 24,
  vision_cfg: { image_size: 32, layers: 2, width: 32, patch_size: 16, head_width: 16 },
  text_cfg: { context_length: 16, vocab_size: 49_408, width: 32, heads: 2, layers: 2 },
};

function compiled(source: string, name = "small"): Promise<Model> {
  return compileModel({ source, target: join(temporaryDirectory(), "model"), name });
}

/** A directory with what transformers wrote, and a tokenizer, which a model needs and these tests do not use. */
function withTokenizer(fixture: string): string {
  const source = join(temporaryDirectory(), "source");
  cpSync(join(fixtures, fixture), source, { recursive: true });
  writeFileSync(join(source, "tokenizer.json"), tinyTokenizer());
  return source;
}

async function textVector(model: Model, ids: readonly number[]): Promise<Float32Array> {
  const network = await openTextNetwork(model);
  const vector = await network.run(ids);
  await network.close();
  return vector;
}

function cosine(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const dot = (x: ArrayLike<number>, y: ArrayLike<number>): number =>
    Array.from(x).reduce((sum, value, at) => sum + value * y[at]!, 0);
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
}

/** The same bytes as test/fixtures/models/make.py. */
function pixels(size: number, index: number): Uint8Array {
  return Uint8Array.from({ length: size * size * 3 }, (_, at) => {
    const i = at + 1000 * index;
    return (i * 7919 + ((i * i) % 251)) % 256;
  });
}

describe.each(["transformers-clip", "transformers-siglip"])("a model of %s", (fixture) => {
  interface Expected {
    readonly size: number;
    readonly texts: number[][];
    readonly images: number[][];
    readonly textEmbeddings: number[][];
  }
  const expected = JSON.parse(readFileSync(join(fixtures, fixture, "expected.json"), "utf8")) as Expected;

  test.each(precisions)("gives the vectors that transformers gives, in %s", async (precision) => {
    const { directory } = await compiled(withTokenizer(fixture));
    const model = openModel(directory, precision);
    await using tower = await ImageTower.open(model);
    for (const [at, wanted] of expected.images.entries()) {
      const vector = await tower.embedPixels(pixels(expected.size, at));
      expect(cosine(vector, wanted)).toBeGreaterThan(least[precision]);
    }
    for (const [at, wanted] of expected.textEmbeddings.entries()) {
      expect(cosine(await textVector(model, expected.texts[at]!), wanted)).toBeGreaterThan(leastOfText[precision]);
    }
  });
});

test("SigLIP's settings are taken over: no crop, its own mean, all tokens", async () => {
  const { manifest } = await compiled(withTokenizer("transformers-siglip"));
  const half = [0.5, 0.5, 0.5];
  expect(manifest).toMatchObject({
    dims: 32,
    image: { size: 36, mean: half, std: half, resize: "squash" },
    text: { contextLength: 12 },
    compiled: { text: { width: 32, vocabulary: 50, causal: false } },
  });
});

describe.skipIf(shared === undefined)(needsShared("the golden open_clip model"), () => {
  const golden = join(shared ?? "", "golden/tiny-openclip");

  test.each(precisions)("gives the golden vectors, in %s", async (precision) => {
    const source = join(temporaryDirectory(), "source");
    cpSync(golden, source, { recursive: true });
    writeFileSync(join(source, "tokenizer.json"), tinyTokenizer());
    const model = openModel((await compiled(source)).directory, precision);

    const ids = readNpy(join(golden, "input_ids.npy"));
    const texts = readNpy(join(golden, "text_embeds.npy"));
    for (let row = 0; row < 4; row++) {
      const all = Array.from(ids.data.slice(row * 77, (row + 1) * 77));
      // Up to the end token: what follows changes nothing.
      const vector = await textVector(model, all.slice(0, all.indexOf(49_407) + 1));
      expect(cosine(vector, texts.data.slice(row * 64, (row + 1) * 64))).toBeGreaterThan(leastOfText[precision]);
    }

    // The golden pixels are no bytes. The source's own graph gives their vectors, so it may judge ours on bytes.
    const judge = await InferenceSession.create(join(golden, "visual.onnx"));
    const run = async (data: Float32Array): Promise<Float32Array> =>
      (await judge.run({ image: new Tensor("float32", data, [1, 3, 64, 64]) }))["embedding"]!.data as Float32Array;
    const values = readNpy(join(golden, "pixel_values.npy")).data;
    const images = readNpy(join(golden, "image_embeds.npy")).data;
    expect(cosine(await run(values.slice(0, 3 * 64 * 64)), images.slice(0, 64))).toBeGreaterThan(0.999999);
    await using tower = await ImageTower.open(model);
    const bytes = pixels(64, 0);
    const { mean, std } = model.manifest.image;
    const floats = new Float32Array(bytes.length);
    for (const [at, byte] of bytes.entries()) {
      const channel = (at % 3) as 0 | 1 | 2;
      floats[channel * 64 * 64 + Math.floor(at / 3)] = (byte / 255 - mean[channel]) / std[channel];
    }
    expect(cosine(await tower.embedPixels(bytes), await run(floats))).toBeGreaterThan(least[precision]);
  });
});

describe("a compiled model", () => {
  test("is whole, verifies, leaves nothing beside it, and is the same when it is made again", async () => {
    const source = temporaryDirectory();
    writeRandomClip(source, small);
    const place = temporaryDirectory();
    const model = await compileModel({ source, target: join(place, "model"), name: "random" });
    expect(readdirSync(place)).toEqual(["model"]);
    expect(Object.keys(model.manifest.files).toSorted()).toEqual(
      modelFiles(2, "clip-bpe", { image: true, text: true }).toSorted(),
    );
    await verifyModel(model);
    const again = await compileModel({ source, target: join(place, "model"), name: "another name" });
    expect(again.fingerprint).toBe(model.fingerprint);
    expect(openModel(model.directory, "int8").fingerprint).not.toBe(model.fingerprint);
    // Whoever has photos encoded with these weights need not encode them again after an update.
    const weights = "00c64cefdc33715d48254e2fd6de6887033d6e0fe29d9650c5f30c4dbe02c80b";
    expect(model.manifest.compiled?.weights).toBe(weights);
    expect(readdirSync(place)).toEqual(["model"]);
  });

  test("answers a text by the tokens up to its end, and pictures one by one as among others", async () => {
    const source = temporaryDirectory();
    writeRandomClip(source, small);
    const { directory } = await compiled(source);
    for (const precision of precisions) {
      const model = openModel(directory, precision);
      await using text = await TextTower.open(model);
      const { vector, tokens } = await text.embedText("a red car at night");
      expect(tokens).toBe(7);
      expect(Math.hypot(...vector)).toBeCloseTo(1, 5);
      expect((await text.embedText("a red car at night")).vector).toEqual(vector);
      await using image = await ImageTower.open(model);
      const alone = await image.embedPixels(pixels(32, 1));
      await image.embedPixels(new Uint8Array(3 * 32 * 32).fill(255));
      await image.embedPixels(pixels(32, 2));
      expect(await image.embedPixels(pixels(32, 1))).toEqual(alone);
    }
  });

  test("stands or falls with its weights: what is damaged or missing is named, and nothing is left", async () => {
    const source = temporaryDirectory();
    writeRandomClip(source, small);
    const weights = join(source, "open_clip_model.safetensors");
    const place = temporaryDirectory();
    const target = join(place, "model");
    const compile = () => compileModel({ source, target, name: "damaged" });

    truncateSync(weights, 100_000);
    await expect(compile()).rejects.toMatchObject({ code: "MODEL_INVALID", message: expect.stringContaining(weights) });
    writeFileSync(weights, Buffer.from("ffffffffffffffff7b7d", "hex"));
    await expect(compile()).rejects.toMatchObject({ code: "MODEL_INVALID" });
    writeFileSync(weights, "");
    await expect(compile()).rejects.toMatchObject({ code: "MODEL_INVALID" });
    writeRandomClip(source, { ...small, embed_dim: 25 });
    writeFileSync(join(source, "open_clip_config.json"), JSON.stringify({ model_cfg: small, preprocess_cfg: {} }));
    await expect(compile()).rejects.toMatchObject({
      code: "MODEL_INVALID",
      message: expect.stringContaining("[32, 24], found [32, 25]"),
    });
    await expect(compileModel({ source: temporaryDirectory(), target, name: "nothing" })).rejects.toMatchObject({
      code: "MODEL_INVALID",
    });
    expect(existsSync(target)).toBe(false);
    expect(readdirSync(place)).toEqual([]);
  });

  test("stays as it was when a new one is interrupted", async () => {
    const source = temporaryDirectory();
    writeRandomClip(source, small);
    const place = temporaryDirectory();
    const target = join(place, "model");
    const { fingerprint } = await compileModel({ source, target, name: "first" });
    const stop = new AbortController();
    const interrupted = compileModel({
      source,
      target,
      name: "second",
      signal: stop.signal,
      onStep: (step) => step.includes("int8") && stop.abort(),
    });
    await expect(interrupted).rejects.toMatchObject({ code: "ABORTED" });
    expect(openModel(target)).toMatchObject({ fingerprint, manifest: { name: "first" } });
    expect(readdirSync(place)).toEqual(["model"]);
  });

  test("is not begun with a tokenizer of another family", async () => {
    const source = temporaryDirectory();
    writeRandomClip(source, small);
    writeFileSync(join(source, "tokenizer.json"), JSON.stringify({ model: { type: "Unigram", vocab: [["a", -1]] } }));
    await expect(compiled(source)).rejects.toMatchObject({
      code: "MODEL_INVALID",
      message: expect.stringContaining("tokenizer.json"),
    });
  });

  test("of other kinds is refused with a reason", async () => {
    const source = temporaryDirectory();
    mkdirSync(source, { recursive: true });
    for (const model_cfg of [
      { ...small, vision_cfg: { ...small.vision_cfg, timm_model_name: "vit_base" } },
      { ...small, text_cfg: { ...small.text_cfg, hf_model_name: "bert-base-cased" } },
      { ...small, vision_cfg: { ...small.vision_cfg, layers: [3, 4, 6, 3] } },
    ]) {
      writeRandomClip(source, small);
      writeFileSync(join(source, "open_clip_config.json"), JSON.stringify({ model_cfg }));
      await expect(compiled(source)).rejects.toMatchObject({
        code: "MODEL_INVALID",
        message: expect.stringContaining("is a kind of model that clipfind cannot build"),
      });
    }
  });
});
