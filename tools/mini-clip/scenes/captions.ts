import { createRandom, hash, type Random } from "./random.ts";
import type { Group, Scene } from "./scene.ts";
import {
  backgroundNames,
  backgroundPhrases,
  colourWords,
  lookEndings,
  nameOf,
  numbers,
  openings,
  placePhrases,
  relationPhrases,
  withArticle,
} from "./words.ts";

interface Detail {
  readonly colour: boolean;
  readonly count: boolean;
  readonly size: boolean;
  readonly synonyms: boolean;
}

const sizeWords = { small: ["small", "little", "tiny"], large: ["big", "large"] } as const;

/** "a small red car", "three birds", "birds". */
function phrase(group: Group, detail: Detail, random: Random): string {
  const name = nameOf(
    group.object,
    group.count,
    detail.synonyms && random.chance(0.4) ? 1 + Math.floor(random.between(0, 3)) : 0,
  );
  const colour =
    detail.colour && group.colour ? `${random.pick(colourWords[group.colour].slice(0, detail.synonyms ? 3 : 1))} ` : "";
  const size =
    detail.size && !/^(?:little|small|big|young|baby) /.test(name) ? `${random.pick(sizeWords[group.size])} ` : "";
  const words = size + colour + name;
  if (group.count === 1) return random.chance(0.08) ? `one ${words}` : withArticle(words);
  if (detail.count) return `${random.chance(0.12) ? group.count : numbers[group.count]} ${words}`;
  return random.chance(0.3) ? `several ${words}` : words;
}

function related(scene: Scene, detail: Detail, random: Random): string {
  const [first, second] = scene.groups;
  const words = random.pick(relationPhrases[scene.relation ?? "behind"]);
  const a = phrase(first, detail, random);
  if (second === undefined)
    return `${a} ${words} ${random.pick(["a corner", "a corner", "the corner", "the corner of a wall", "the corner of a house"])}`;
  const b = phrase(second, detail, random);
  if (scene.relation === "behind" && random.chance(0.3)) return `${b} in front of ${a}`;
  if (scene.relation === "in-front-of" && random.chance(0.3)) return `${a.replace(/^one /, "a ")}, behind it ${b}`;
  if (scene.relation === "next-to" && random.chance(0.5)) return `${b} ${words} ${a}`;
  return `${a} ${words} ${b}`;
}

/** All objects with how they stand: "a cat under a table", "two dogs and a tree", "a boat on the left". */
function subject(scene: Scene, detail: Detail, where: boolean, random: Random): string {
  if (scene.relation !== undefined) return related(scene, detail, random);
  const parts = scene.groups.map((group) => {
    const place = where ? random.pick(placePhrases[group.place]) : "";
    return phrase(group, detail, random) + (place && ` ${place}`);
  });
  // Which of two comes first says nothing, unless the place does.
  if (!where && random.chance(0.5)) parts.reverse();
  return parts.join(random.chance(0.7) ? " and " : random.chance(0.5) ? " with " : ", ");
}

/** Four to six captions of a scene, all true, from bare words to everything that is known; the same for the same seed. */
export function captions(scene: Scene, seed: number): readonly string[] {
  const random = createRandom(hash("captions", scene.seed, seed));
  const [main] = scene.groups;
  const background = (): string =>
    scene.background === "plain" && random.chance(0.6) ? "" : ` ${random.pick(backgroundPhrases[scene.background])}`;
  const opening = (shown: string): string => {
    const words = random.pick(openings[scene.look]);
    return `${words === "there is" && !/^(?:an?|one) /.test(shown) ? "there are" : words} ${shown}`;
  };
  const ending = (): string => random.pick(lookEndings[scene.look]);
  const full: Detail = { colour: true, count: true, size: false, synonyms: true };
  const sized = { ...full, size: scene.relation === undefined && random.chance(0.3) };
  const usual: Detail = { ...full, synonyms: false };
  const withoutBackground = (): string =>
    subject(scene, random.chance(0.6) ? full : { ...full, colour: false }, random.chance(0.3), random);
  const bare: Detail = { ...usual, colour: false, count: false };

  const found = [
    // Everything: colours, counts, relation, background, look.
    opening(subject(scene, sized, random.chance(0.25), random)) + background(),
    // The usual words, no opening: how people search.
    subject(scene, usual, random.chance(0.3), random) + background() + (random.chance(0.5) ? ending() : ""),
    // The main group with its background, which is what the canonical queries look like.
    phrase(main, random.chance(0.7) ? full : { ...full, colour: false }, random) + background(),
    // Without background.
    random.chance(0.4) ? opening(withoutBackground()) : withoutBackground(),
    // One thing only: the object, its colour, its number, or the background.
    random.chance(0.35) && scene.background !== "plain"
      ? random.pick(backgroundNames[scene.background])
      : phrase(main, random.pick([bare, { ...bare, colour: true }, { ...bare, count: true }, full]), random),
    subject(scene, full, scene.relation === undefined, random) + ending(),
  ];
  return [...new Set(found.map((caption) => caption.trim()))].filter((_, i) => i < 4 || random.chance(0.7));
}
