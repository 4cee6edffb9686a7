import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { directory as pictures } from "@clipfind/demo-photos";
import sharp from "sharp";
import { describe, expect, test } from "vitest";
import { captions } from "../scenes/captions.ts";
import { isHeldOut } from "../scenes/composition.ts";
import { objectNames } from "../scenes/objects/catalogue.ts";
import { queries } from "../scenes/queries.ts";
import { pictureSide, renderScene } from "../scenes/render-scene.ts";
import { sampleScene } from "../scenes/sample-scene.ts";
import type { Scene } from "../scenes/scene.ts";
import { sceneToSvg } from "../scenes/svg.ts";

const train = Array.from({ length: 400 }, (_, seed) => sampleScene(seed, { split: "train" }));
const heldOut = Array.from({ length: 400 }, (_, seed) => sampleScene(seed, { split: "held-out" }));

test("the same seed gives the same scene, SVG, captions and pixels", async () => {
  for (const [seed, scene] of train.slice(0, 40).entries()) {
    const again = sampleScene(seed, { split: "train" });
    expect(again).toEqual(scene);
    expect(sceneToSvg(again)).toBe(sceneToSvg(scene));
    expect(captions(again, seed)).toEqual(captions(scene, seed));
  }
  const [scene] = train as [Scene];
  expect(await renderScene(scene)).toEqual(await renderScene(scene));
});

test("what is held out is never trained on", () => {
  expect(train.filter(isHeldOut)).toEqual([]);
  expect(heldOut.filter((scene) => !isHeldOut(scene))).toEqual([]);
});

test("there are more than forty objects, and each is drawn in every style so that it can be seen and told apart", async () => {
  expect(objectNames.length).toBeGreaterThanOrEqual(44);
  const seen = new Set<string>();
  const faint: string[] = [];
  for (const object of objectNames) {
    for (const style of [0, 1, 2] as const) {
      const pixels = await renderScene(sceneOf(object, style));
      let drawn = 0;
      for (let at = 0; at < pixels.length; at++) {
        if (Math.abs((pixels[at] as number) - (pixels[at % 3] as number)) > 24) drawn++;
      }
      // At least 2 % of the picture is no background.
      if (drawn < 0.02 * pictureSide * pictureSide * 3) faint.push(`${object}, style ${style}`);
      seen.add(createHash("sha256").update(pixels).digest("hex"));
    }
  }
  expect(faint).toEqual([]);
  // Some objects have a style twice; none looks like another.
  expect(seen.size).toBeGreaterThan(2 * objectNames.length);
});

describe("captions and queries", () => {
  const numbers = new Map([
    [2, /\b(?:two|2|pair|couple)\b/i],
    [3, /\b(?:three|3)\b/i],
    [4, /\b(?:four|4)\b/i],
    [5, /\b(?:five|5)\b/i],
  ]);

  test("every scene has several different captions, and queries that are questions to it", () => {
    for (const [seed, scene] of [...train, ...heldOut].entries()) {
      const texts = captions(scene, seed);
      expect(new Set(texts).size).toBeGreaterThanOrEqual(3);
      expect(queries(scene).object).toMatch(/^an? \w/);
    }
  });

  test("a number that is said is one that is there", () => {
    const untrue: string[] = [];
    for (const [seed, scene] of train.entries()) {
      const counts = new Set<number>(scene.groups.map((group) => group.count));
      for (const text of captions(scene, seed)) {
        for (const [count, word] of numbers) {
          if (word.test(text) && !counts.has(count)) untrue.push(text);
        }
      }
    }
    expect(untrue).toEqual([]);
  });

  test("black and white pictures are not asked for by colour", () => {
    for (const scene of train.filter(({ look }) => look === "black-and-white")) {
      expect(queries(scene)).not.toHaveProperty("colourObject");
    }
  });
});

test("the demo's pictures are what this code draws", async () => {
  const list = JSON.parse(readFileSync(join(pictures, "../pictures.json"), "utf8")) as { file: string; scene: Scene }[];
  expect(list).toHaveLength(300);
  const different: string[] = [];
  for (const { file, scene } of list.filter((_, index) => index % 30 === 0)) {
    const [drawn, shipped] = [await renderScene(scene), await sharp(join(pictures, file)).raw().toBuffer()];
    const difference = drawn.reduce((sum, value, at) => sum + Math.abs(value - (shipped[at] as number)), 0);
    // JPEG changes pixels a little, noise a little more.
    if (difference / drawn.length > (scene.look === "noise" ? 25 : 8)) different.push(file);
  }
  expect(different).toEqual([]);
});

function sceneOf(object: (typeof objectNames)[number], style: 0 | 1 | 2): Scene {
  const group = { object, size: "large", count: 1, place: "centre", style, finish: "outlined", flip: false } as const;
  return { seed: 1, background: "plain", look: "plain", groups: [group] };
}
