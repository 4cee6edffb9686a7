// node tools/mini-clip/evaluate.ts [MODEL_DIR]: text → image retrieval over 1,000 held-out scenes, by category, with the
// towers as they ship: the int8 files, clipfind's own tokenizer, decoder and preprocessing. Prints a Markdown table.
import { join } from "node:path";
import sharp from "sharp";
import { ImageTower } from "../../packages/core/src/clip/image-tower.ts";
import { TextTower } from "../../packages/core/src/clip/text-tower.ts";
import { openModel } from "../../packages/core/src/models/open-model.ts";
import { canonicalRelation } from "./scenes/composition.ts";
import { queries, type Queries } from "./scenes/queries.ts";
import { hash } from "./scenes/random.ts";
import { pictureSide, renderScene } from "./scenes/render-scene.ts";
import { sampleScene } from "./scenes/sample-scene.ts";
import { relations, type Group, type Relation, type Scene } from "./scenes/scene.ts";
import { nameOf, numbers, relationPhrases, withArticle } from "./scenes/words.ts";
import { objectNames, type ObjectName } from "./scenes/objects/catalogue.ts";

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
/** Each text is encoded once. */
const vectors = new Map<string, Float32Array>();
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
      return text === undefined ? [] : [[text, fact(category, scene, scene.groups[0], scene.groups[0].count > 1)]];
    }),
  );
  let [first, ten, chanceFirst, chanceTen] = [0, 0, 0, 0];
  for (const [text, wanted] of asked) {
    const right = scenes.map((scene) =>
      scene.groups.some((group) =>
        // "Red cars" asks for several, "a red car" for any number of them.
        [false, ...(group.count > 1 ? [true] : [])].some((several) => fact(category, scene, group, several) === wanted),
      ),
    );
    const vector = await vectorOf(text);
    const scores = images.map((image) => dot(image, vector));
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

// What it tells apart, given the rest: which of several texts fits each picture best.
const chosen: Record<string, { right: number; asked: number; chance: number }> = {};
for (const [index, scene] of scenes.entries()) {
  const [main, other] = scene.groups;
  const image = images[index] as Float32Array;
  if (other === undefined && scene.relation === undefined) {
    const kinds = objectNames.map((name) => withArticle(nameOf(name, 1)));
    await choose("kind of object, of all", image, kinds, (_, at) => objectNames[at] === main.object);
  }
  if (main.count > 1) {
    const texts = [2, 3, 4, 5].map((count) => `${numbers[count]} ${nameOf(main.object, count)}`);
    await choose("count, from two to five", image, texts, (_, at) => at + 2 === main.count);
  }
  if (scene.relation !== undefined && other !== undefined) {
    const [a, b] = [main.object, other.object];
    const words = (relation: Relation, first: ObjectName, second: ObjectName): string =>
      `${withArticle(nameOf(first, 1))} ${relationPhrases[relation][0]} ${withArticle(nameOf(second, 1))}`;
    const six = relations.filter((relation) => relation !== "behind-corner");
    const texts = six.map((relation) => words(relation, a, b));
    await choose("relation, of six, objects given", image, texts, (_, at) => six[at] === scene.relation);
    if (scene.relation !== "next-to") {
      const orders = [words(scene.relation, a, b), words(scene.relation, b, a)];
      await choose("order, relation and objects given", image, orders, (_, at) => at === 0);
    }
  }
}
process.stdout.write("\n| told apart | pictures | right | by chance |\n| --- | --- | --- | --- |\n");
for (const [title, { right, asked, chance }] of Object.entries(chosen)) {
  const [share, luck] = [right, chance].map((sum) => `${((100 * sum) / asked).toFixed(1)} %`);
  process.stdout.write(`| ${title} | ${asked} | ${share} | ${luck} |\n`);
}
await imageTower.close();
await textTower.close();

/** Counts whether the text that fits the picture best is a right one. */
async function choose(
  title: string,
  image: Float32Array,
  texts: readonly string[],
  isRight: (text: string, at: number) => boolean,
): Promise<void> {
  const scores: number[] = [];
  for (const text of texts) scores.push(dot(image, await vectorOf(text)));
  const best = scores.indexOf(Math.max(...scores));
  const tally = (chosen[title] ??= { right: 0, asked: 0, chance: 0 });
  tally.asked++;
  tally.chance += 1 / texts.length;
  if (isRight(texts[best] as string, best)) tally.right++;
}

async function vectorOf(text: string): Promise<Float32Array> {
  const vector = vectors.get(text) ?? (await textTower.embedText(text)).vector;
  vectors.set(text, vector);
  return vector;
}

function dot(a: Float32Array, b: Float32Array): number {
  return a.reduce((sum, x, i) => sum + x * (b[i] as number), 0);
}

/** What a query of a category says about a group of a scene, in a form to compare. */
function fact(category: keyof Queries, scene: Scene, { object, colour, count }: Group, several: boolean): string {
  const objects = scene.groups.map((group) => group.object);
  const parts = {
    object: [object],
    colourObject: [object, colour, several],
    colourObjectOnBackground: [object, colour, scene.background, several],
    count: [object, count],
    relation: scene.relation === undefined ? [] : canonicalRelation(scene.relation, ...twoOf(objects)),
    background: [scene.background],
  };
  return parts[category].join("|");
}

function twoOf([first = "", second = "corner"]: readonly string[]): [string, string] {
  return [first, second];
}
