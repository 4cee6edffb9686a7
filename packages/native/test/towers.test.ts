import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { writeRandomClip } from "../../../test/support/random-clip.ts";
import { temporaryDirectory } from "../../../test/support/temporary-directory.ts";
import { type ModelSource, readSource } from "../../core/src/models/compile/read-source.ts";
import {
  type OwnImageWeights,
  writeImageWeights,
  writeTextWeights,
} from "../../core/src/models/compile/tower-weights-file.ts";
import type { TextWeights } from "../../core/src/models/compile/tower-weights.ts";
import { ImageTower, TextTower } from "../index.js";

const width = 32;

/** A file of a text tower's random weights. */
function weightsFile(): string {
  return writtenBy((file, { weights }) => writeTextWeights(file, weights.text as TextWeights, weights.dims, "int8"));
}

/** The same of an image tower's. */
function imageWeightsFile(): string {
  return writtenBy((file, { weights, image }) =>
    writeImageWeights(file, weights.image as OwnImageWeights, image, weights.dims, "int8"),
  );
}

function writtenBy(write: (file: string, source: ModelSource) => void): string {
  const directory = temporaryDirectory();
  writeRandomClip(directory, {
    embed_dim: 24,
    vision_cfg: { image_size: 32, layers: 1, width: 32, patch_size: 16, head_width: 16 },
    text_cfg: { context_length: 16, vocab_size: 1000, width, heads: 2, layers: 1 },
  });
  const source = readSource(directory)!;
  const file = join(directory, "int8.weights");
  write(file, source);
  source.tensors.close();
  return file;
}

test("a text's rows become a vector of the length that the file says", () => {
  const tower = TextTower.open(weightsFile());
  expect([tower.width, tower.dims]).toEqual([width, 24]);
  const rows = Float32Array.from({ length: 3 * width }, (_, at) => Math.sin(at));
  const vector = tower.encode(rows);
  expect(vector).toHaveLength(24);
  expect(tower.encode(rows)).toEqual(vector);
  // A view of a part is a text, too.
  expect(tower.encode(new Float32Array([...rows, ...rows]).subarray(3 * width))).toEqual(vector);
});

test("what is no text and no file of weights is refused, with a code", () => {
  const tower = TextTower.open(weightsFile());
  expect(() => tower.encode(new Float32Array(width + 1))).toThrow(
    /^INVALID_ARGUMENT: expected 1 to 16 rows of 32 numbers, found 33 numbers$/,
  );
  expect(() => tower.encode(new Float32Array(0))).toThrow(/^INVALID_ARGUMENT: /);
  expect(() => tower.encode(new Float32Array(17 * width))).toThrow(/^INVALID_ARGUMENT: /);
  expect(() => tower.encode(new Float64Array(width) as never)).toThrow();
  expect(() => tower.encode([0] as never)).toThrow();
  tower.close();
  tower.close();
  expect(() => tower.encode(new Float32Array(width))).toThrow(/^CLOSED: /);
  expect(() => tower.width).toThrow(/^CLOSED: /);

  const directory = temporaryDirectory();
  expect(() => TextTower.open(join(directory, "none"))).toThrow(/^MODEL_NOT_FOUND: .*none: expected a readable file/);
  writeFileSync(join(directory, "garbage"), Buffer.alloc(5000, "garbage"));
  expect(() => TextTower.open(join(directory, "garbage"))).toThrow(/^MODEL_INVALID: .*garbage: expected the weights/);
  mkdirSync(join(directory, "folder"));
  expect(() => TextTower.open(join(directory, "folder"))).toThrow(/^MODEL_/);
});

test("a picture's pixels become a vector of the length that the file says", () => {
  const file = imageWeightsFile();
  const tower = ImageTower.open(file);
  expect([tower.size, tower.dims]).toEqual([32, 24]);
  const pixels = Uint8Array.from({ length: 3 * 32 * 32 }, (_, at) => at % 251);
  const vector = tower.encode(pixels);
  expect(vector).toHaveLength(24);
  expect(tower.encode(pixels)).toEqual(vector);
  // A view of a part is a picture, too, and another process's tower has the same pages.
  expect(ImageTower.open(file).encode(new Uint8Array([...pixels, ...pixels]).subarray(pixels.length))).toEqual(vector);
});

test("what is no picture of its size and no file of its weights is refused, with a code", () => {
  const file = imageWeightsFile();
  const tower = ImageTower.open(file);
  expect(() => tower.encode(new Uint8Array(5))).toThrow(/^INVALID_ARGUMENT: expected 3072 bytes of pixels, found 5$/);
  expect(() => tower.encode(new Float32Array(3072) as never)).toThrow();
  tower.close();
  tower.close();
  expect(() => tower.encode(new Uint8Array(3072))).toThrow(/^CLOSED: /);
  expect(() => tower.size).toThrow(/^CLOSED: /);

  expect(() => TextTower.open(file)).toThrow(/^MODEL_INVALID: .*it is no file with the weights of a tower for texts/);
  expect(() => ImageTower.open(weightsFile())).toThrow(/^MODEL_INVALID: .*of a tower for images/);
  expect(() => ImageTower.open(join(temporaryDirectory(), "none"))).toThrow(/^MODEL_NOT_FOUND: /);
});
