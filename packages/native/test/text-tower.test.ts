import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { writeRandomClip } from "../../../test/support/random-clip.ts";
import { temporaryDirectory } from "../../../test/support/temporary-directory.ts";
import { readSource } from "../../core/src/models/compile/read-source.ts";
import { writeTextWeights } from "../../core/src/models/compile/tower-weights-file.ts";
import type { TextWeights } from "../../core/src/models/compile/tower-weights.ts";
import { TextTower } from "../index.js";

const width = 32;

/** A file of random weights. */
function weightsFile(): string {
  const directory = temporaryDirectory();
  writeRandomClip(directory, {
    embed_dim: 24,
    vision_cfg: { image_size: 32, layers: 1, width: 32, patch_size: 16, head_width: 16 },
    text_cfg: { context_length: 16, vocab_size: 1000, width, heads: 2, layers: 1 },
  });
  const { weights, tensors } = readSource(directory)!;
  const file = join(directory, "int8.weights");
  writeTextWeights(file, weights.text as TextWeights, weights.dims, "int8");
  tensors.close();
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
