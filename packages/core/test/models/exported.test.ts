import { copyFileSync, cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { directory as miniModel } from "@clipfind/model-mini";
import { needsShared, shared } from "../../../../test/support/shared.ts";
import { temporaryDirectory } from "../../../../test/support/temporary-directory.ts";
import { dotProduct } from "../../src/clip/dot-product.ts";
import { ImageTower } from "../../src/clip/image-tower.ts";
import { TextTower } from "../../src/clip/text-tower.ts";
import { compileModel } from "../../src/models/compile/compile-model.ts";
import { readOnnx } from "../../src/models/compile/onnx-file.ts";
import { type Model, openModel } from "../../src/models/open-model.ts";
import { verifyModel } from "../../src/models/verify-model.ts";
import { tinyTokenizer } from "../clip/tiny-tokenizer.ts";

const fixtures = join(import.meta.dirname, "../../../../test/fixtures/models");

interface Expected {
  readonly size: number;
  readonly images: number[][];
  readonly texts?: string[];
  readonly textEmbeddings?: number[][];
}

// oxlint-disable-next-line typescript/no-explicit-any -- settings of all kinds
type Json = any;

/** A fixture's pair in the layout of Xenova/*, or of immich-app/*, with its settings changed. */
function pairOf(
  fixture: string,
  layout: "immich" | "Xenova",
  change: (config: Json) => void = () => undefined,
): string {
  const source = join(temporaryDirectory(), "source");
  const [visual, textual] =
    layout === "immich"
      ? ["visual/model.onnx", "textual/model.onnx"]
      : ["onnx/vision_model.onnx", "onnx/text_model.onnx"];
  const from = join(fixtures, fixture);
  const copy = (name: string, as: string): void => {
    mkdirSync(dirname(join(source, as)), { recursive: true });
    copyFileSync(join(from, name), join(source, as));
  };
  copy("onnx/visual.onnx", visual);
  copy("onnx/textual.onnx", textual);
  for (const name of readdirSync(from)) if (name.endsWith(".json")) copy(name, name);
  if (!readdirSync(source).includes("tokenizer.json")) writeFileSync(join(source, "tokenizer.json"), tinyTokenizer());
  const file = join(source, readdirSync(source).includes("config.json") ? "config.json" : "open_clip_config.json");
  const config: Json = JSON.parse(readFileSync(file, "utf8"));
  change(config);
  writeFileSync(file, JSON.stringify(config));
  return source;
}

async function compile(source: string): Promise<{ model: Model; steps: string[] }> {
  const steps: string[] = [];
  const target = join(temporaryDirectory(), "model");
  const model = await compileModel({ source, target, name: "pair", onStep: (step) => steps.push(step) });
  await verifyModel(model);
  expect(readdirSync(dirname(target))).toEqual(["model"]);
  return { model, steps };
}

/** The same bytes as test/fixtures/models/make.py. */
function pixels(size: number, index: number): Uint8Array {
  return Uint8Array.from({ length: size * size * 3 }, (_, at) => {
    const i = at + 1000 * index;
    return (i * 7919 + ((i * i) % 251)) % 256;
  });
}

async function expectVectors(model: Model, { size, images, texts = [], textEmbeddings = [] }: Expected): Promise<void> {
  await using pictures = await ImageTower.open(model);
  for (const [at, wanted] of images.entries()) {
    const vector = await pictures.embedPixels(pixels(size, at));
    expect(dotProduct(vector, Float32Array.from(wanted))).toBeGreaterThan(0.9999);
  }
  await using words = await TextTower.open(model);
  for (const [at, wanted] of textEmbeddings.entries()) {
    const { vector } = await words.embedText(texts[at]!);
    expect(dotProduct(vector, Float32Array.from(wanted))).toBeGreaterThan(0.9999);
  }
}

function expectedOf(fixture: string): Expected {
  return JSON.parse(readFileSync(join(fixtures, fixture, "expected.json"), "utf8")) as Expected;
}

describe("a pair of ONNX files whose weights are recognised becomes clipfind's own graphs, with the same vectors", () => {
  test.each([
    ["exported-clip", "Xenova"],
    ["transformers-siglip2", "Xenova"],
    ["open-clip-xlm-roberta", "immich"],
  ] as const)("%s, as %s has it", async (fixture, layout) => {
    const { model, steps } = await compile(pairOf(fixture, layout));
    expect(model.manifest.format).toBe(2);
    expect(steps.at(-1)).toBe("comparing with the files as exported");
    await expectVectors(model, expectedOf(fixture));
    await expectVectors(openModel(model.directory, "fp32"), expectedOf(fixture));
  });

  test("and counts as the model that is compiled from the weights themselves", async () => {
    const { model } = await compile(pairOf("open-clip-xlm-roberta", "immich"));
    const target = join(temporaryDirectory(), "model");
    const weights = await compileModel({ source: join(fixtures, "open-clip-xlm-roberta"), target, name: "weights" });
    expect(model.fingerprint).toBe(weights.fingerprint);
  });
});

describe("a pair of ONNX files is used as exported", () => {
  const [first] = expectedOf("exported-clip").images;

  test.each<[string, (config: Json) => void, string]>([
    [
      "where what the settings say of it gives other vectors",
      (config) => (config.vision_config.hidden_act = "gelu"),
      "used as exported: %s: expected the vectors of the files as exported, found others (cosine 0.",
    ],
    [
      "where the settings say it has more than it has",
      (config) => (config.text_config.num_hidden_layers = 3),
      "used as exported: %s: expected a tensor text_model.encoder.layers.2.layer_norm1.weight, found none.",
    ],
    [
      "where it is of another kind",
      (config) => (config.model_type = "chinese_clip"),
      'used as exported: %s: model_type "chinese_clip" is a kind of model that clipfind cannot build.',
    ],
  ])("%s", async (_, change, reason) => {
    const source = pairOf("exported-clip", "Xenova", change);
    const { model, steps } = await compile(source);
    expect(model.manifest.format).toBe(1);
    expect(steps.at(-1)).toContain(reason.replace("%s", source));
    await using tower = await ImageTower.open(model);
    expect(dotProduct(await tower.embedPixels(pixels(40, 0)), Float32Array.from(first!))).toBeGreaterThan(0.9999);
  });

  test.each<["immich" | "Xenova", string, (config: Json) => void]>([
    ["Xenova", "transformers-siglip2", (config) => (config.text_config.num_hidden_layers = 3)],
    ["immich", "open-clip-xlm-roberta", (config) => (config.model_cfg.text_cfg.hf_model_name = "other")],
  ])("with another tokenizer and its padding, too: as %s has %s", async (layout, fixture, change) => {
    const { model } = await compile(pairOf(fixture, layout, change));
    expect(model.manifest).toMatchObject({ format: 1, text: { tokenizer: "sentencepiece" } });
    expect(Object.keys(model.manifest.files)).toContain("textual/pieces.bin");
    await expectVectors(model, expectedOf(fixture));
  });

  test("and nothing is left of it when that is interrupted", async () => {
    const stop = new AbortController();
    const place = temporaryDirectory();
    const compiling = compileModel({
      source: pairOf("exported-clip", "Xenova"),
      target: join(place, "model"),
      name: "pair",
      signal: stop.signal,
      onStep: (step) => step.includes("int8") && stop.abort(),
    });
    await expect(compiling).rejects.toMatchObject({ code: "ABORTED" });
    expect(readdirSync(place)).toEqual([]);
  });
});

test("a file that is no ONNX model is refused by name", () => {
  const file = join(temporaryDirectory(), "model.onnx");
  writeFileSync(file, Buffer.from("ffffffffffffffffff", "hex"));
  expect(() => readOnnx(file)).toThrow(`${file}: expected an ONNX model.`);
});

test.skipIf(shared === undefined)(
  needsShared("open_clip's own export, with CLIP's whole vocabulary, is recognised"),
  async () => {
    const golden = join(shared ?? "", "golden/tiny-openclip");
    const source = join(temporaryDirectory(), "source");
    mkdirSync(source);
    for (const name of ["open_clip_config.json", "visual.onnx", "textual.onnx"])
      cpSync(join(golden, name), join(source, name));
    cpSync(join(miniModel, "textual/tokenizer.json"), join(source, "tokenizer.json"));
    const { model } = await compile(source);
    expect(model.manifest).toMatchObject({ format: 2, compiled: { text: { causal: true, vocabulary: 49_408 } } });
  },
);
