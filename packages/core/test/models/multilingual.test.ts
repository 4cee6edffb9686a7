import { cpSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { hubServer } from "../../../../test/support/hub-server.ts";
import { temporaryDirectory } from "../../../../test/support/temporary-directory.ts";
import { dotProduct } from "../../src/clip/dot-product.ts";
import { ImageTower } from "../../src/clip/image-tower.ts";
import { openTokenizer } from "../../src/clip/open-tokenizer.ts";
import { TextTower } from "../../src/clip/text-tower.ts";
import { compileModel } from "../../src/models/compile/compile-model.ts";
import { findInCatalogue } from "../../src/models/find-in-catalogue.ts";
import { pullModel } from "../../src/models/hub/pull-model.ts";
import { type Model, openModel } from "../../src/models/open-model.ts";
import { verifyModel } from "../../src/models/verify-model.ts";
import type { Precision } from "../../src/precision.ts";

const fixtures = join(import.meta.dirname, "../../../../test/fixtures/models");

/** The cosine to what the reference gives: exact weights differ by rounding only, bytes by more in towers this small. */
const least = { fp32: 0.9999, int8: 0.97 };

interface Expected {
  readonly size: number;
  readonly texts: string[];
  readonly ids: number[][];
  readonly images: number[][];
  readonly textEmbeddings: number[][];
}

function compiled(source: string): Promise<Model> {
  return compileModel({ source, target: join(temporaryDirectory(), "model"), name: "small" });
}

/** A copy of a fixture with other settings in one of its JSON files. */
function changed(fixture: string, file: string, change: (json: Json) => void): string {
  const source = join(temporaryDirectory(), "source");
  cpSync(join(fixtures, fixture), source, { recursive: true });
  const json: Json = JSON.parse(readFileSync(join(source, file), "utf8"));
  change(json);
  writeFileSync(join(source, file), JSON.stringify(json));
  return source;
}

// oxlint-disable-next-line typescript/no-explicit-any -- settings of all kinds
type Json = any;

/** The same bytes as test/fixtures/models/make.py. */
function pixels(size: number, index: number): Uint8Array {
  return Uint8Array.from({ length: size * size * 3 }, (_, at) => {
    const i = at + 1000 * index;
    return (i * 7919 + ((i * i) % 251)) % 256;
  });
}

describe.each([
  [
    "transformers-siglip2",
    { resize: "squash", interpolation: "bilinear" },
    { contextLength: 16, tokenizer: "sentencepiece", padding: 0 },
  ],
  [
    "open-clip-siglip2",
    { resize: "squash", interpolation: "bicubic" },
    { contextLength: 16, tokenizer: "sentencepiece", padding: 0 },
  ],
  [
    "open-clip-xlm-roberta",
    { resize: "shortest-side", interpolation: "bicubic" },
    { contextLength: 77, tokenizer: "sentencepiece" },
  ],
])("%s", (fixture, image, text) => {
  const expected = JSON.parse(readFileSync(join(fixtures, fixture, "expected.json"), "utf8")) as Expected;

  test.each<Precision>(["fp32", "int8"])(
    "gives the vectors that its publishers' code gives, in %s",
    async (precision) => {
      const { directory, manifest } = await compiled(join(fixtures, fixture));
      expect(manifest).toMatchObject({ format: 2, image, text });
      expect(manifest.text).toEqual(text);
      const model = openModel(directory, precision);
      await verifyModel(model);

      const tokenizer = await openTokenizer(model);
      expect(expected.texts.map((each) => tokenizer.encode(each).ids)).toEqual(expected.ids);
      expect(expected.texts.map((each) => tokenizer.encode(each).truncated)).toEqual([
        ...Array.from(
          { length: expected.texts.length - 1 },
          (_, at) => expected.ids[at]!.length === text.contextLength,
        ),
        true,
      ]);

      await using words = await TextTower.open(model);
      for (const [at, wanted] of expected.textEmbeddings.entries()) {
        const { vector } = await words.embedText(expected.texts[at]!);
        expect(dotProduct(vector, Float32Array.from(wanted))).toBeGreaterThan(least[precision]);
      }
      await using pictures = await ImageTower.open(model);
      for (const [at, wanted] of expected.images.entries()) {
        const vector = await pictures.embedPixels(pixels(expected.size, at));
        expect(dotProduct(vector, Float32Array.from(wanted))).toBeGreaterThan(least[precision]);
      }
    },
  );
});

describe("a model is pulled by its name in the catalogue", () => {
  test.each([
    ["siglip2-b-32-256", "timm/ViT-B-32-SigLIP2-256", "open-clip-siglip2"],
    ["siglip2-b-16-256", "google/siglip2-base-patch16-256", "transformers-siglip2"],
    ["xlm-r-vit-b-32", "laion/CLIP-ViT-B-32-xlm-roberta-base-laion5B-s13B-b90k", "open-clip-xlm-roberta"],
  ])("%s from %s", async (id, repository, fixture) => {
    const hub = await hubServer();
    hub.put(repository, filesOf(join(fixtures, fixture)));
    const request = { model: findInCatalogue(id), home: temporaryDirectory(), env: {}, hub: hub.url, pauseMs: 1 };
    const { model } = await pullModel(request);
    expect(model.fingerprint).toBe((await compiled(join(fixtures, fixture))).fingerprint);
    expect(readFileSync(join(model.directory, "origin.json"), "utf8")).toContain("tokenizer_config.json");
    await using words = await TextTower.open(model);
    expect((await words.embedText("eine Katze")).tokens).toBeGreaterThan(2);
  });

  test("xlm-r-vit-b-32 from immich-app's pair of ONNX files, where the weights are not", async () => {
    const fixture = join(fixtures, "open-clip-xlm-roberta");
    const read = (name: string): Buffer => readFileSync(join(fixture, name));
    const settings: Json = JSON.parse(read("open_clip_config.json").toString());
    const hub = await hubServer();
    hub.put("immich-app/XLM-Roberta-Base-ViT-B-32__laion5b_s13b_b90k", {
      "config.json": JSON.stringify(settings.model_cfg),
      "visual/model.onnx": read("onnx/visual.onnx"),
      "visual/preprocess_cfg.json": JSON.stringify(settings.preprocess_cfg),
      "textual/model.onnx": read("onnx/textual.onnx"),
      "textual/tokenizer.json": read("tokenizer.json"),
      "textual/tokenizer_config.json": read("tokenizer_config.json"),
    });
    const request = { model: findInCatalogue("xlm-r-vit-b-32"), home: temporaryDirectory(), env: {}, hub: hub.url };
    const { model: pulled } = await pullModel(request);
    expect(pulled.manifest.text).toMatchObject({ contextLength: 77, tokenizer: "sentencepiece" });
    const expected = JSON.parse(read("expected.json").toString()) as Expected;
    await using words = await TextTower.open(pulled);
    for (const [at, wanted] of expected.textEmbeddings.entries()) {
      const { vector } = await words.embedText(expected.texts[at]!);
      expect(dotProduct(vector, Float32Array.from(wanted))).toBeGreaterThan(least.fp32);
    }
  });
});

/** The files of a directory, not those of its folders. */
function filesOf(directory: string): Record<string, Buffer> {
  const files = readdirSync(directory, { withFileTypes: true }).filter((entry) => entry.isFile());
  return Object.fromEntries(files.map(({ name }) => [name, readFileSync(join(directory, name))]));
}

test.each<[string, string, string, (json: Json) => void]>([
  [
    "a pool over texts",
    "open-clip-xlm-roberta",
    "max_pooler",
    (json) => (json.model_cfg.text_cfg.hf_pooler_type = "max_pooler"),
  ],
  [
    "another text tower",
    "open-clip-xlm-roberta",
    "bert-base",
    (json) => (json.model_cfg.text_cfg.hf_model_name = "bert-base"),
  ],
  [
    "a name of every object",
    "open-clip-xlm-roberta",
    "toString",
    (json) => (json.model_cfg.text_cfg.hf_model_name = "toString"),
  ],
  [
    "another image tower",
    "open-clip-siglip2",
    "vit_base_patch8_40",
    (json) => (json.model_cfg.vision_cfg.timm_model_name = "vit_base_patch8_40"),
  ],
  ["another pool over texts", "open-clip-siglip2", "argmax", (json) => (json.model_cfg.text_cfg.pool_type = "argmax")],
  [
    "another cleaning",
    "open-clip-siglip2",
    "lower",
    (json) => (json.model_cfg.text_cfg.tokenizer_kwargs.clean = "lower"),
  ],
  ["another resampling", "open-clip-siglip2", "lanczos", (json) => (json.preprocess_cfg.interpolation = "lanczos")],
])("%s is refused with a reason", async (_, fixture, found, change) => {
  await expect(compiled(changed(fixture, "open_clip_config.json", change))).rejects.toMatchObject({
    code: "MODEL_INVALID",
    message: expect.stringMatching(`"${found}".* is a kind of model that clipfind cannot build`),
  });
});

test("a tokenizer that does what clipfind does not know is refused before anything is built", async () => {
  const steps: string[] = [];
  const source = changed(
    "open-clip-siglip2",
    "tokenizer.json",
    (json) => (json.normalizer = { type: "BertNormalizer" }),
  );
  const compile = compileModel({
    source,
    target: join(temporaryDirectory(), "model"),
    name: "other",
    onStep: (step) => steps.push(step),
  });
  await expect(compile).rejects.toMatchObject({
    code: "MODEL_INVALID",
    message: `${join(source, "tokenizer.json")}: a tokenizer with the normalizer "BertNormalizer" is none that clipfind can read.`,
  });
  expect(steps).toEqual([]);
});
