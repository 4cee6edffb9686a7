import { beforeEach, describe, expect, test } from "vitest";
import sharp from "sharp";
import { readFileSync } from "node:fs";
import { ImageTower } from "../../src/clip/image-tower.ts";
import { embeddingOutput } from "../../src/clip/embedding-output.ts";
import { OnnxSession } from "../../src/clip/onnx-session.ts";
import { TextTower } from "../../src/clip/text-tower.ts";
import { unitVector } from "../../src/clip/unit-vector.ts";
import type { Model } from "../../src/models/open-model.ts";
import { shared, sharedMissing } from "../../../../test/support/shared.ts";
import { modelDirectory } from "./model-directory.ts";
import { readNpy } from "../../../../test/support/read-npy.ts";
import { tinyOnnx } from "./tiny-onnx.ts";

describe("an image tower", () => {
  test("embeds a picture into a vector of length 1", async () => {
    await using tower = await ImageTower.open(await modelDirectory({}, neutral));
    const bytes = await sharp({ create: { width: 60, height: 40, channels: 3, background: "#0066cc" } })
      .png()
      .toBuffer();
    const { vector, ...about } = await tower.embedImage(bytes);
    expect(about).toEqual({ width: 60, height: 40, format: "png" });
    expect([...vector].map((value) => value.toFixed(4))).toEqual(["0.0000", "0.4472", "0.8944"]);
  });

  test("gives the same vector whatever was embedded before", async () => {
    await using tower = await ImageTower.open(await modelDirectory());
    const pixels = Uint8Array.from({ length: 3 * 32 * 32 }, (_, at) => 100 + 100 * Math.sin(at));
    const first = await tower.embedPixels(pixels);
    await tower.embedPixels(pixels.map((value) => value + 50));
    expect(await tower.embedPixels(pixels)).toEqual(first);
  });

  test("that takes bytes gets the pixels as they are, one that takes floats gets them normalised", async () => {
    const pixels = Uint8Array.from({ length: 3 * 32 * 32 }, (_, at) => [30, 60, 90][at % 3]!);
    const image = { size: 32, mean: [0.5, 0, 0], std: [1, 1, 2] } as const;
    const vectorOf = async (visual: Buffer) => {
      await using tower = await ImageTower.open(await modelDirectory({ visual }, { image }));
      return await tower.embedPixels(pixels);
    };
    const bytes = await vectorOf(tinyOnnx.visualOfBytes(32, 1));
    for (const [at, value] of unit([30, 60, 90]).entries()) expect(bytes[at]).toBeCloseTo(value, 5);
    const floats = await vectorOf(tinyOnnx.visual(32));
    for (const [at, value] of unit([30 / 255 - 0.5, 60 / 255, 45 / 255]).entries()) {
      expect(floats[at]).toBeCloseTo(value, 5);
    }
  });

  test("refuses another number of pixels, a vector without direction, and calls after close()", async () => {
    await using tower = await ImageTower.open(await modelDirectory({}, neutral));
    await expect(tower.embedPixels(new Uint8Array(7))).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
    await expect(tower.embedPixels(new Uint8Array(3072))).rejects.toMatchObject({
      code: "MODEL_FAILED",
      message: expect.stringContaining("visual/model.onnx: expected a vector with a direction, found one of length 0"),
    });
    await expect(tower.embedImage(Buffer.from("text"))).rejects.toMatchObject({ code: "IMAGE_UNREADABLE" });
    await Promise.all([tower.close(), tower.close()]);
    await expect(tower.embedPixels(new Uint8Array(3072).fill(1))).rejects.toMatchObject({ code: "CLOSED" });
  });

  test.each([
    ["garbage", { visual: Buffer.from("garbage") }, {}, "MODEL_INVALID", "expected an ONNX model"],
    ["a text tower", { visual: tinyOnnx.textual(77) }, {}, "MODEL_INVALID", "found ids int64"],
    [
      "another size",
      {},
      { image: { size: 64 } },
      "MODEL_MISMATCH",
      "expected input [1, 3, 64, 64], found [?, 3, 32, 32]",
    ],
    ["a fixed batch", { visual: tinyOnnx.visual(32, 8) }, {}, "MODEL_MISMATCH", "found [8, 3, 32, 32]"],
    [
      "bytes of another size",
      { visual: tinyOnnx.visualOfBytes(64) },
      {},
      "MODEL_MISMATCH",
      "expected input [1, 32, 32, 3], found [?, 64, 64, 3]",
    ],
    ["other vectors", {}, { dims: 512 }, "MODEL_MISMATCH", "expected vectors of 512 numbers, found 3"],
  ])("refuses %s, naming the file", async (_, contents, settings, code, message) => {
    const model = await modelDirectory(contents, settings);
    await expect(ImageTower.open(model)).rejects.toMatchObject({
      code,
      message: expect.stringMatching(/visual\/model\.onnx: /),
      hint: expect.any(String),
    });
    await expect(ImageTower.open(model)).rejects.toThrow(message);
  });
});

describe("a text tower", () => {
  test.each([
    ["an open sequence, no padding", tinyOnnx.textual("sequence"), [517, 513, 518]],
    [
      "a fixed sequence, padded with 0",
      tinyOnnx.textual(80),
      [517, 513, 518, ...Array.from<number>({ length: 77 }).fill(0)],
    ],
    ["ids of 32 bits", tinyOnnx.textual("sequence", "int32"), [517, 513, 518]],
  ])("takes %s", async (_, textual, ids) => {
    await using tower = await TextTower.open(await modelDirectory({ textual }));
    const { vector, ...about } = await tower.embedText("Cat");
    expect(about).toEqual({ tokens: 3, truncated: false });
    for (const [at, value] of direction(ids).entries()) expect(vector[at]).toBeCloseTo(value, 6);
  });

  test("says when a text was cut", async () => {
    await using tower = await TextTower.open(await modelDirectory());
    expect(await tower.embedText("1 ".repeat(500))).toMatchObject({ tokens: 77, truncated: true });
  });

  test("needs no image tower", async () => {
    const model = await modelDirectory({ visual: Buffer.from("garbage") });
    await using tower = await TextTower.open(model);
    expect((await tower.embedText("cat")).vector).toHaveLength(3);
  });

  test.each([
    ["garbage", { textual: Buffer.from("garbage") }, {}, "MODEL_INVALID", "expected an ONNX model"],
    ["an image tower", { textual: tinyOnnx.visual(32) }, {}, "MODEL_INVALID", "found pixels float32"],
    [
      "too short a context",
      { textual: tinyOnnx.textual(32) },
      {},
      "MODEL_MISMATCH",
      "expected room for 77 tokens, found 32",
    ],
    ["other vectors", {}, { dims: 512 }, "MODEL_MISMATCH", "expected vectors of 512 numbers, found 3"],
    ["another tokenizer", { tokenizer: "{}" }, {}, "MODEL_INVALID", "tokenizer.json: expected an object model.vocab"],
  ])("refuses %s, naming the file", async (_, contents, settings, code, message) => {
    const model = await modelDirectory(contents, settings);
    await expect(TextTower.open(model)).rejects.toMatchObject({
      code,
      message: expect.stringMatching(/textual\/(model\.onnx|tokenizer\.json): /),
    });
    await expect(TextTower.open(model)).rejects.toThrow(message);
  });
});

describe("models of the test data", () => {
  beforeEach(({ skip }) => skip(shared === undefined, sharedMissing));

  test("tiny-openclip: both towers put out what open_clip does, to 1e-5", async () => {
    const folder = `${shared}/golden/tiny-openclip`;
    const model = await modelDirectory(
      {
        visual: readFileSync(`${folder}/visual.onnx`),
        textual: readFileSync(`${folder}/textual.onnx`),
        tokenizer: readFileSync(`${shared}/models/standin/textual/tokenizer.json`),
      },
      { dims: 64, image: { size: 64 } },
    );
    // Its pixels are noise that no picture could be: they go past the tower, to the model that it runs.
    await using images = await OnnxSession.open(`${model.directory}/visual/model.onnx`);
    const pixels = readNpy(`${folder}/pixel_values.npy`).data;
    const expectedImages = readNpy(`${folder}/image_embeds.npy`).data;
    for (let row = 0; row < 4; row++) {
      const data = pixels.slice(row * 12_288, (row + 1) * 12_288);
      const input = { type: "float32", data, shape: [1, 3, 64, 64] } as const;
      const vector = unitVector(
        await images.run({ [images.inputs[0]!.name]: input }, embeddingOutput(images, 64)),
        images.path,
      );
      expect(greatestDifference(vector, expectedImages.subarray(row * 64, (row + 1) * 64))).toBeLessThan(1e-5);
    }

    await using texts = await TextTower.open(model);
    const expectedTexts = readNpy(`${folder}/text_embeds.npy`).data;
    for (const [row, text] of inputTexts(folder).entries()) {
      const { vector } = await texts.embedText(text);
      expect(greatestDifference(vector, expectedTexts.subarray(row * 64, (row + 1) * 64))).toBeLessThan(1e-5);
    }
  });

  test("stand-in: vectors of length 1, and the palms are nearer to palms than the sign is", async () => {
    const model = await standIn();
    await using texts = await TextTower.open(model);
    await using images = await ImageTower.open(model);
    const query = (await texts.embedText("a photo of a palm tree")).vector;
    expect(dot(query, query)).toBeCloseTo(1, 5);
    const scores = await Promise.all(
      ["321_421.jpg", "389_535.jpg"].map(async (name) => {
        const { vector } = await images.embedImage(readFileSync(`${shared}/golden/${name}`));
        expect(dot(vector, vector)).toBeCloseTo(1, 5);
        return dot(query, vector);
      }),
    );
    expect(scores[0]).toBeGreaterThan(scores[1]!);
  });
});

/** What the tiny text tower makes of ids: their mean, the greatest and the least, to length 1. */
function direction(ids: number[]): Float32Array {
  const values = [ids.reduce((sum, id) => sum + id, 0) / ids.length, Math.max(...ids), Math.min(...ids)];
  return unit(values);
}

function unit(values: readonly number[]): Float32Array {
  return Float32Array.from(values, (value) => value / Math.hypot(...values));
}

/** Pixels 0..1 as they are, so that the vector of the tiny tower is the mean colour. */
const neutral = { image: { size: 32, mean: [0, 0, 0], std: [1, 1, 1] } } as const;

function standIn(): Promise<Model> {
  const folder = `${shared}/models/standin`;
  return modelDirectory(
    {
      visual: readFileSync(`${folder}/visual/model.onnx`),
      textual: readFileSync(`${folder}/textual/model.onnx`),
      tokenizer: readFileSync(`${folder}/textual/tokenizer.json`),
    },
    { name: "stand-in (not CLIP)", dims: 512, image: { size: 224 } },
  );
}

/** The texts of input_ids.npy [4, 77], looked up in the golden tokens. */
function inputTexts(folder: string): string[] {
  const { cases } = JSON.parse(readFileSync(`${shared}/golden/clip-tokens.json`, "utf8")) as {
    cases: Array<{ text: string; ids: number[] }>;
  };
  const file = readFileSync(`${folder}/input_ids.npy`);
  const ids = new BigInt64Array(new Uint8Array(file.subarray(10 + file.readUInt16LE(8))).buffer);
  return [0, 1, 2, 3].map((row) => {
    const wanted = [...ids.subarray(row * 77, (row + 1) * 77)].map(Number);
    const found = cases.find((entry) => entry.ids.every((id, at) => id === wanted[at]) && !wanted[entry.ids.length]);
    return found!.text;
  });
}

function dot(a: Float32Array, b: Float32Array): number {
  return a.reduce((sum, value, at) => sum + value * b[at]!, 0);
}

function greatestDifference(a: Float32Array, b: Float32Array): number {
  return Math.max(...a.map((value, at) => Math.abs(value - b[at]!)));
}
