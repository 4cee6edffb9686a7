import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { temporaryDirectory } from "../../../../test/support/temporary-directory.ts";
import { dotProduct } from "../../src/clip/dot-product.ts";
import { ImageTower } from "../../src/clip/image-tower.ts";
import { openTokenizer } from "../../src/clip/open-tokenizer.ts";
import { TextTower } from "../../src/clip/text-tower.ts";
import { compileModel } from "../../src/models/compile/compile-model.ts";
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
