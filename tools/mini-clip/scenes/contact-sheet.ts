import { writeFile } from "node:fs/promises";

import sharp, { type OverlayOptions } from "sharp";

import { captions } from "./captions.ts";
import { catalogue, objectNames } from "./objects/catalogue.ts";
import { createRandom, hash } from "./random.ts";
import { pictureSide, renderScene } from "./render-scene.ts";
import { sampleScene, type Split } from "./sample-scene.ts";
import type { Group } from "./scene.ts";
import { drawObject } from "./svg.ts";

const side = 100;

/** Every object in its three styles and in two finishes, as SVG. */
function objectSheet(): string {
  const columns = 4;
  const cells = objectNames.map((object, i) => {
    const left = (i % columns) * (side * 4 + 30);
    const top = Math.floor(i / columns) * (side + 20);
    const drawings = ([0, 1, 2, 0] as const).map((style, at) => {
      const random = createRandom(hash(object, at));
      const { colours } = catalogue[object];
      const colour = colours.length > 0 ? random.pick(colours) : undefined;
      const group: Group = {
        object,
        ...(colour && { colour }),
        size: "large",
        count: 1,
        place: "centre",
        style,
        finish: at === 3 ? "line" : "outlined",
        flip: false,
      };
      return drawObject(group, { group: 0, x: left + at * side + 4, y: top + 16, side: side - 8 }, "plain", random);
    });
    return `${drawings.join("")}<text x="${left + 4}" y="${top + 12}" font-family="sans-serif" font-size="12">${object}</text>`;
  });
  const height = Math.ceil(objectNames.length / columns) * (side + 20);
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${columns * (side * 4 + 30)}" height="${height}"><rect width="100%" height="100%" fill="#eef0ea"/>${cells.join("")}</svg>`;
}

/** Writes FILE.png with all objects and FILE-scenes.png with 24 scenes, whose captions go to FILE-scenes.txt. */
export async function writeContactSheet(file: string, split: Split, seed: number): Promise<void> {
  const stem = file.replace(/\.png$/, "");
  await sharp(Buffer.from(objectSheet())).png().toFile(`${stem}.png`);
  const columns = 6;
  const lines: string[] = [];
  const tiles: OverlayOptions[] = [];
  for (let i = 0; i < 24; i++) {
    const scene = sampleScene(hash(seed, i), { split });
    const pixels = await renderScene(scene);
    tiles.push({
      input: Buffer.from(pixels),
      raw: { width: pictureSide, height: pictureSide, channels: 3 },
      left: (i % columns) * 260,
      top: Math.floor(i / columns) * 260,
    });
    lines.push(
      `${Math.floor(i / columns) + 1}/${(i % columns) + 1}`,
      ...captions(scene, seed).map((caption) => `    ${caption}`),
    );
  }
  await sharp({ create: { width: columns * 260, height: 4 * 260, channels: 3, background: "#ffffff" } })
    .composite(tiles)
    .png()
    .toFile(`${stem}-scenes.png`);
  await writeFile(`${stem}-scenes.txt`, `${lines.join("\n")}\n`);
}
