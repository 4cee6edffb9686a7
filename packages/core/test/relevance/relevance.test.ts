import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { drawScenes } from "../../../../test/support/scene-drawings.ts";
import { temporaryDirectory } from "../../../../test/support/temporary-directory.ts";
import { sampleScene } from "../../../../tools/mini-clip/scenes/sample-scene.ts";
import type { Scene } from "../../../../tools/mini-clip/scenes/scene.ts";
import { Library } from "../../src/index.ts";
import { calibrate } from "../../src/relevance/calibrate.ts";
import { relevanceOf } from "../../src/relevance/relevance-of.ts";

describe("confidences", () => {
  /** 100 photos, each with one of ten texts at 0.8 or so, and nine at 0.1 or so. */
  const calibration = calibrate(
    Array.from({ length: 100 }, (_, photo) =>
      Array.from({ length: 10 }, (__, text) => (text === photo % 10 ? 0.8 : 0.1) + ((photo * 7 + text * 3) % 11) / 100),
    ),
  );

  test("rise with the score, from 0 to 1", () => {
    const sample = Array.from({ length: 100 }, (_, i) => (i < 20 ? 0.85 : 0.15));
    const [low, middle, high] = relevanceOf([-1, 0.15, 0.95], sample, calibration!) as [number, number, number];
    expect(low).toBeGreaterThanOrEqual(0);
    expect(low).toBeLessThanOrEqual(middle);
    expect(middle).toBeLessThan(0.1);
    expect(high).toBeGreaterThan(0.9);
    expect(high).toBeLessThanOrEqual(1);
  });

  test("are numbers where there is nothing to sample, or all photos score the same", () => {
    for (const sample of [[], [0.5], Array.from({ length: 50 }, () => 0.85)]) {
      for (const confidence of relevanceOf([0.9, 0.1], sample, calibration!)) {
        expect(confidence).toBeGreaterThanOrEqual(0);
        expect(confidence).toBeLessThanOrEqual(1);
      }
    }
    expect(calibrate([])).toBeUndefined();
    const same = calibrate([Array.from({ length: 10 }, () => 0.3)])!;
    expect(relevanceOf([0.3], [0.3], same)[0]).toBeGreaterThanOrEqual(0);
  });
});

test("of drawings, the confident hits are right, and a thing that none shows has fewer than ten", async () => {
  const folder = join(temporaryDirectory(), "drawings");
  // No picture has a cat; half show night.
  const scenes = Array.from({ length: 2000 }, (_, seed) => sampleScene(seed, { split: "held-out" })).filter(
    ({ groups }) => !groups.some(({ object }) => object === "cat"),
  );
  const night = scenes.filter(({ background }) => background === "night").slice(0, 60);
  const chosen = [...night, ...scenes.filter(({ background }) => background !== "night").slice(0, 60)];
  await drawScenes(folder, chosen);
  await using library = Library.open(join(folder, "..", "library"));
  const files = join(library.directory, "relevance");
  for await (const event of library.index([folder])) {
    expect(event.type).not.toBe("problem");
    // When the run says that it is done, it is.
    if (event.type === "done") expect(readdirSync(files)).toHaveLength(1);
  }
  const strong = async (text: string): Promise<Scene[]> => {
    const { hits } = await library.search(text, { limit: 120 });
    expect(hits).toHaveLength(120);
    const kept = hits.filter(({ confidence }) => (confidence as number) >= 0.5);
    return kept.map(({ path }) => chosen[Number(/(\d+)\.png$/.exec(path)?.[1])] as Scene);
  };

  const nights = await strong("night");
  const right = nights.filter(({ background }) => background === "night").length;
  process.stderr.write(`night: ${right} of ${nights.length} right, of 60; a cat: ${(await strong("a cat")).length}\n`);
  expect(right).toBeGreaterThanOrEqual(50);
  expect(right / nights.length).toBeGreaterThanOrEqual(0.9);
  // Fewer than a fixed ten: some look like cats.
  expect((await strong("a cat")).length).toBeLessThan(10);

  const all = await library.search("night", { limit: 120 });
  expect(all).toMatchObject({ cutoff: 0.5, strong: nights.length, weaker: 120 - nights.length });
  const cut = await library.search("night", { limit: 120, cutoff: "auto" });
  expect(cut.hits).toEqual(all.hits.slice(0, nights.length));
  // The ten best are all strong: how many more are is estimated, here from all photos.
  expect(await library.search("night")).toMatchObject({ strong: nights.length, weaker: 120 - nights.length });
  await expect(library.search("night", { cutoff: 2 })).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
  // Lost or damaged, it costs the confidences and nothing else.
  for (const name of readdirSync(files)) writeFileSync(join(files, name), '{"version": 1, "photos": 120}');
  const without = await library.search("night", { cutoff: "auto" });
  expect(without).toMatchObject({ cutoff: undefined, strong: 120, weaker: 0 });
  expect(without.hits).toHaveLength(10);
  for await (const event of library.index()) expect(event.type).not.toBe("problem");
  expect(await library.search("night")).toMatchObject({ cutoff: 0.5 });
});
