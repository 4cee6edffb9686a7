import { expect, test } from "vitest";
import { miniModel } from "../../src/models/mini-model.ts";
import type { Model } from "../../src/models/open-model.ts";
import { planMemory } from "../../src/photos/memory-plan.ts";

/** The mini model, as if its image tower had so many bytes. */
function model(bytes: number): Model {
  const mini = miniModel();
  const files = { ...mini.manifest.files, "visual/model.onnx": { bytes, sha256: "" } };
  return { ...mini, manifest: { ...mini.manifest, files } };
}

test.each([
  [
    "two workers have 1.5 GB in all",
    90e6,
    2,
    undefined,
    { workers: 2, share: 525e6, limit: 600e6, limitAlone: 1200e6 },
  ],
  [
    "a large model has what it needs",
    360e6,
    2,
    undefined,
    { workers: 2, share: 735e6, limit: 810e6, limitAlone: 1620e6 },
  ],
  ["little memory has fewer workers", 90e6, 8, 1e9, { workers: 1, share: 625e6, limit: 700e6, limitAlone: 700e6 }],
  ["one there is always", 360e6, 2, 100e6, { workers: 1, share: 735e6, limit: 810e6, limitAlone: 810e6 }],
  ["no more than asked for", 90e6, 3, 100e9, { workers: 3, limitAlone: 99.7e9 }],
])("%s", (_, bytes, workers, maximum, expected) => {
  expect(planMemory(model(bytes), workers, maximum)).toMatchObject(expected);
});
