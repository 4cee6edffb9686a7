import { closeSync, openSync, writeSync } from "node:fs";

import sharp from "sharp";

import { captions } from "./captions.ts";
import { layOut } from "./layout.ts";
import { queries } from "./queries.ts";
import { hash } from "./random.ts";
import { pictureSide, renderScene } from "./render-scene.ts";
import { sampleScene, type Split } from "./sample-scene.ts";

/** A run of scenes of a set; scene i depends on the set's seed and on i alone, so any worker may draw it. */
export interface Part {
  readonly split: Split;
  readonly seed: number;
  readonly from: number;
  readonly to: number;
  /** The file of all pixels of the set, which exists already. */
  readonly imagesFile: string;
}

/** Draws scenes from..to-1 into their places in the file of pixels and gives their lines for scenes.jsonl. `boxes` are [group, x, y, side] in pixels. */
export async function renderPart({ split, seed, from, to, imagesFile }: Part): Promise<string> {
  sharp.concurrency(1);
  sharp.cache(false);
  const bytes = pictureSide * pictureSide * 3;
  const file = openSync(imagesFile, "r+");
  let lines = "";
  try {
    for (let i = from; i < to; i++) {
      const scene = sampleScene(hash("set", seed, i), { split });
      writeSync(file, await renderScene(scene), 0, bytes, i * bytes);
      const boxes = layOut(scene)
        .filter(({ part }) => part === undefined)
        .map(({ group, x, y, side }) => [group, x, y, side].map(Math.round));
      lines += `${JSON.stringify({ scene, captions: captions(scene, seed), queries: queries(scene), boxes })}\n`;
    }
  } finally {
    closeSync(file);
  }
  return lines;
}
