import { appendFileSync, mkdirSync, readFileSync, readdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { ownCache } from "../../../../test/support/own-cache.ts";
import { temporaryDirectory } from "../../../../test/support/temporary-directory.ts";
import { encodeTexts } from "../../src/clip/encode-texts.ts";
import { miniModel } from "../../src/models/mini-model.ts";
import type { Model } from "../../src/models/open-model.ts";
import { referenceTexts } from "../../src/relevance/reference-texts.ts";
import { referenceVectors } from "../../src/relevance/reference-vectors.ts";

const model = miniModel();
/** Nothing can be encoded with it. */
const gone: Model = { ...model, directory: join(model.directory, "gone") };

/** The file that the vectors are kept in, the only one there. */
function onlyFile(cache: string): string {
  const folder = join(cache, "reference-texts");
  const names = readdirSync(folder);
  expect(names).toEqual([expect.stringMatching(/^[0-9a-f]{32}\.f32$/)]);
  return join(folder, names[0]!);
}

describe.skipIf(process.platform !== "linux")("vectors of the reference texts", () => {
  test("are the text tower's, and are encoded once for all libraries of a user", async () => {
    const cache = ownCache();
    const vectors = await referenceVectors(model);
    expect(vectors).toEqual(await encodeTexts(model, referenceTexts));
    expect(readFileSync(onlyFile(cache))).toHaveLength(32 + 4 * model.manifest.dims * referenceTexts.length);
    expect(await referenceVectors(gone)).toEqual(vectors);
  });

  const damages: readonly (readonly [string, (file: string) => void])[] = [
    ["has another bit", (file) => change(file, (bytes) => (bytes[1000]! ^= 1))],
    ["has another digest", (file) => change(file, (bytes) => (bytes[0]! ^= 1))],
    ["is truncated", (file) => change(file, (bytes) => bytes.subarray(0, -4))],
    ["is empty", (file) => writeFileSync(file, "")],
    ["is longer", (file) => appendFileSync(file, "more")],
    ["is all zeros", (file) => change(file, (bytes) => bytes.fill(0))],
  ];
  test.each(damages)("are encoded again where what is kept %s", async (_, damage) => {
    const cache = ownCache();
    const vectors = await referenceVectors(model);
    const file = onlyFile(cache);
    const kept = readFileSync(file);
    damage(file);
    await expect(referenceVectors(gone)).rejects.toMatchObject({ code: "MODEL_NOT_FOUND" });
    expect(await referenceVectors(model)).toEqual(vectors);
    expect(readFileSync(file)).toEqual(kept);
  });

  test("are those of the model asked for, whatever stands under its name", async () => {
    const cache = ownCache();
    const other: Model = { ...model, fingerprint: "0".repeat(64) };
    await referenceVectors(other);
    const foreign = readFileSync(onlyFile(cache));
    rmSync(onlyFile(cache));
    await referenceVectors(model);
    writeFileSync(onlyFile(cache), foreign);
    await expect(referenceVectors(gone)).rejects.toMatchObject({ code: "MODEL_NOT_FOUND" });
  });

  test("are encoded each time where nothing can be kept", async () => {
    const file = join(temporaryDirectory(), "file");
    writeFileSync(file, "");
    ownCache(file);
    const vectors = await referenceVectors(model);
    expect(await referenceVectors(model)).toEqual(vectors);
    const blocked = ownCache();
    await referenceVectors(model);
    const kept = onlyFile(blocked);
    rmSync(kept);
    mkdirSync(kept);
    expect(await referenceVectors(model)).toEqual(vectors);
  });

  test("are kept for sixteen models; those kept longest go first, and what killed writers have left", async () => {
    const cache = ownCache();
    const folder = join(cache, "reference-texts");
    mkdirSync(folder, { recursive: true });
    const old = Array.from({ length: 20 }, (_, age) => (age === 19 ? "a.f32.123.tmp" : `old-${age}.f32`));
    for (const [age, name] of old.entries()) {
      writeFileSync(join(folder, name), "");
      utimesSync(join(folder, name), 1e9, 1e9 - age);
    }
    await referenceVectors(model);
    const names = readdirSync(folder);
    expect(names.filter((name) => !old.includes(name))).toHaveLength(1);
    expect(names.filter((name) => old.includes(name)).toSorted()).toEqual(old.slice(0, 15).toSorted());
  });
});

/** Rewrites a file by what `how` does to its bytes, or returns. */
function change(file: string, how: (bytes: Buffer) => unknown): void {
  const bytes = readFileSync(file);
  const changed = how(bytes);
  writeFileSync(file, Buffer.isBuffer(changed) ? changed : bytes);
}
