import { expect, test } from "vitest";
import { captions } from "../scenes/captions.ts";
import { compositions } from "../scenes/composition.ts";
import { queries } from "../scenes/queries.ts";
import { sampleScene } from "../scenes/sample-scene.ts";
import { backgroundNames, backgroundPhrases, colourWords, nameOf } from "../scenes/words.ts";

const sample = (split: "train" | "held-out") => Array.from({ length: 1500 }, (_, seed) => sampleScene(seed, { split }));
const train = sample("train");
const heldOut = sample("held-out");

test("the main composition or the relation of every held-out scene is in no training scene", () => {
  const trained = new Set(train.flatMap(compositions));
  for (const scene of heldOut) {
    const all = compositions(scene);
    const main = all.filter((_, i) => i === 0 || i >= scene.groups.length);
    expect(main.some((composition) => !trained.has(composition))).toBe(true);
  }
});

test("captions name only colours and objects that are there, and the main object or the background each time", () => {
  for (const scene of train) {
    const colours = new Set(scene.groups.flatMap(({ colour }) => (colour ? colourWords[colour] : [])));
    const absent = Object.values(colourWords)
      .flat()
      .filter((word) => !colours.has(word) && ![...colours].some((said) => said.includes(word)));
    const subjects = scene.groups.flatMap((group) => [0, 1, 2, 3].map((i) => nameOf(group.object, group.count, i)));
    const scenery = [...backgroundNames[scene.background], ...backgroundPhrases[scene.background]];
    for (const caption of captions(scene, 1)) {
      // "A green meadow under a blue sky" and "black and white" are about other things than the objects.
      const said = [...scenery, "black and white"].reduce((text, phrase) => text.replace(phrase, ""), caption);
      expect(absent.filter((word) => new RegExp(`\\b${word}\\b`).test(said))).toEqual([]);
      expect([...subjects, ...scenery].filter((words) => caption.includes(words))).not.toEqual([]);
    }
  }
});

test("a scene has the queries that it answers, in the words of the scene", () => {
  for (const scene of train) {
    const [main] = scene.groups;
    const found = queries(scene);
    expect(found.object).toContain(nameOf(main.object, 1));
    expect(found.count !== undefined).toBe(main.count > 1);
    expect(found.relation !== undefined).toBe(scene.relation !== undefined);
    expect(found.background !== undefined).toBe(scene.background !== "plain");
    expect(found.colourObject?.includes(main.colour ?? "?") ?? false).toBe(main.colour !== undefined);
    expect(found.colourObjectOnBackground).toBe(
      found.colourObject && `${found.colourObject} ${backgroundPhrases[scene.background][0]}`,
    );
  }
});
