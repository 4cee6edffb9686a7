// node tools/mini-clip/evaluate.ts [MODEL_DIR]: text → image retrieval over 1,000 held-out scenes, by category, with the
// towers as they ship: the int8 files, clipfind's own tokenizer, decoder and preprocessing. Prints a Markdown table.
import { join } from "node:path";
import sharp from "sharp";
import { ImageTower } from "../../packages/core/src/clip/image-tower.ts";
import { TextTower } from "../../packages/core/src/clip/text-tower.ts";
import { openModel } from "../../packages/core/src/models/open-model.ts";
import { queries, type Queries } from "./scenes/queries.ts";
import { hash } from "./scenes/random.ts";
import { pictureSide, renderScene } from "./scenes/render-scene.ts";
import { sampleScene } from "./scenes/sample-scene.ts";
import type { Group, Scene } from "./scenes/scene.ts";

/** The same set as `render.ts --split held-out --count 1000 --seed 2`. */
const set = { seed: 2, count: 1000 };

const categories: Readonly<Record<keyof Queries, string>> = {
  object: "object",
  colourObject: "colour + object",
  colourObjectOnBackground: "colour + object on background",
  count: "count",
  relation: "relation",
  background: "background",
};

const model = openModel(process.argv[2] ?? join(import.meta.dirname, "../../packages/model-mini"));
const imageTower = await ImageTower.open(model);
const textTower = await TextTower.open(model);
const scenes = Array.from({ length: set.count }, (_, i) =>
  sampleScene(hash("set", set.seed, i), { split: "held-out" }),
);
const images: Float32Array[] = [];
for (const scene of scenes) {
  const raw = { width: pictureSide, height: pictureSide, channels: 3 } as const;
  const file = await sharp(await renderScene(scene), { raw })
    .png({ compressionLevel: 1 })
    .toBuffer();
  images.push((await imageTower.embedImage(file)).vector);
}

process.stdout.write(
  "| query | queries | R@1 | R@10 | by chance R@1 | R@10 |\n| --- | --- | --- | --- | --- | --- |\n",
);
for (const [category, title] of Object.entries(categories) as [keyof Queries, string][]) {
  // Equal questions are asked once; every scene that the answer fits counts as right.
  const asked = new Map(
    scenes.flatMap((scene): [string, string][] => {
      const text = queries(scene)[category];
      return text === undefined ? [] : [[text, fact(category, scene, scene.groups[0])]];
    }),
  );
  let [first, ten, chanceFirst, chanceTen] = [0, 0, 0, 0];
  for (const [text, wanted] of asked) {
    const right = scenes.map((scene) => scene.groups.some((group) => fact(category, scene, group) === wanted));
    const { vector } = await textTower.embedText(text);
    const scores = images.map((image) => image.reduce((sum, x, i) => sum + x * (vector[i] as number), 0));
    const ranking = [...scores.keys()].toSorted((a, b) => (scores[b] as number) - (scores[a] as number));
    if (right[ranking[0] as number] === true) first++;
    if (ranking.slice(0, 10).some((index) => right[index] === true)) ten++;
    const share = right.filter(Boolean).length / scenes.length;
    chanceFirst += share;
    chanceTen += 1 - (1 - share) ** 10;
  }
  const cells = [first, ten, chanceFirst, chanceTen].map((sum) => `${((100 * sum) / asked.size).toFixed(1)} %`);
  process.stdout.write(`| ${title} | ${asked.size} | ${cells.join(" | ")} |\n`);
}
await imageTower.close();
await textTower.close();

/** What a query of a category says about a group of a scene, in a form to compare. */
function fact(category: keyof Queries, scene: Scene, { object, colour, count }: Group): string {
  const parts = {
    object: [object],
    colourObject: [object, colour],
    colourObjectOnBackground: [object, colour, scene.background],
    count: [object, count],
    relation: [scene.relation, ...scene.groups.map((group) => group.object)],
    background: [scene.background],
  };
  return parts[category].join("|");
}
