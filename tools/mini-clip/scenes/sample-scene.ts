import { isHeldOut, mainIsHeldOut } from "./composition.ts";
import { catalogue, objectNames, type ObjectName } from "./objects/catalogue.ts";
import { createRandom, hash, type Random } from "./random.ts";
import {
  backgrounds,
  relations,
  type Background,
  type Group,
  type Look,
  type Place,
  type Relation,
  type Scene,
} from "./scene.ts";

/** Scenes to train with, or to test with: no composition of one is in the other. */
export type Split = "train" | "held-out";

const opposite: Readonly<Record<Place, Place>> = {
  left: "right",
  right: "left",
  top: "bottom",
  bottom: "top",
  centre: "centre",
};
const hidesColour = (look: Look): boolean => look === "black-and-white" || look === "sketch";
/** Without colours these can't be told from others. */
const colourOnly: ReadonlySet<Background> = new Set(["day", "night", "sunset"]);

function fits(name: ObjectName, background: Background): boolean {
  const { outdoors, sky } = catalogue[name];
  if (background === "indoors") return outdoors !== true;
  if (sky === "night") return background === "night" || background === "plain";
  return sky !== "day" || (background !== "night" && background !== "sunset" && background !== "rain");
}

function sampleGroup(random: Random, object: ObjectName, look: Look, count: Group["count"], place: Place): Group {
  const { colours } = catalogue[object];
  const colour = colours.length > 0 && !hidesColour(look) ? random.pick(colours) : undefined;
  const finish = random.next();
  const pale = colour === "white" || colour === "black" || colour === "grey" || colour === undefined;
  return {
    object,
    ...(colour && { colour }),
    size: random.chance(0.3) ? "small" : "large",
    count,
    place,
    style: random.pick([0, 1, 2]),
    finish: pale || finish < 0.65 ? "outlined" : finish < 0.9 ? "flat" : "line",
    flip: random.chance(0.5),
  };
}

/** The two objects of a relation, or one behind a corner. */
function sampleRelated(random: Random, relation: Relation, background: Background, look: Look): Scene["groups"] {
  const names = objectNames.filter((name) => fits(name, background));
  const movable = names.filter((name) => catalogue[name].outdoors !== true);
  const second = random.pick(
    {
      behind: names,
      "in-front-of": names,
      "next-to": names,
      on: names.filter((name) => catalogue[name].top !== undefined),
      under: names.filter((name) => catalogue[name].shelter !== undefined),
      inside: names.filter((name) => catalogue[name].hollow !== undefined),
      "behind-corner": names,
    }[relation],
  );
  const first = random.pick((relation === "next-to" ? names : movable).filter((name) => name !== second));
  const group = (object: ObjectName): Group => ({ ...sampleGroup(random, object, look, 1, "centre"), size: "large" });
  if (relation === "behind-corner") return [group(first)];
  const b = group(second);
  // Fronts and openings are drawn for the first style.
  return [group(first), relation === "inside" ? { ...b, style: 0, flip: false, finish: "outlined" } : b];
}

function sampleGroups(random: Random, background: Background, look: Look): Scene["groups"] {
  const names = objectNames.filter((name) => fits(name, background));
  const object = random.pick(names);
  if (random.chance(0.72)) {
    const count = random.chance(0.45) ? 1 : random.pick([2, 3, 4, 5] as const);
    const place = random.pick(["centre", "centre", "left", "right", "top", "bottom"] as const);
    return [sampleGroup(random, object, look, count, place)];
  }
  const place = random.pick(["left", "right", "top", "bottom"] as const);
  const other = random.pick(names.filter((name) => name !== object));
  const counts = [1, 1, 1, 2, 3] as const;
  return [
    sampleGroup(random, object, look, random.pick(counts), place),
    sampleGroup(random, other, look, random.pick(counts), opposite[place]),
  ];
}

function sampleAny(seed: number): Scene {
  const random = createRandom(seed);
  const look = random.pick([
    "plain",
    "plain",
    "plain",
    "plain",
    "plain",
    "plain",
    "noise",
    "noise",
    "blur",
    "black-and-white",
    "sketch",
  ] as const);
  const background = random.pick(backgrounds.filter((name) => !hidesColour(look) || !colourOnly.has(name)));
  if (!random.chance(0.3)) return { seed, background, look, groups: sampleGroups(random, background, look) };
  // Rooms have little to stand under or in front of, but something is always there: a table, a cup.
  const relation = random.pick(relations);
  return { seed, background, look, groups: sampleRelated(random, relation, background, look), relation };
}

/** Draws the scene of a seed: the same scene every time, and of this split only. */
export function sampleScene(seed: number, { split }: { readonly split: Split }): Scene {
  for (let attempt = 0; ; attempt++) {
    const scene = sampleAny(hash("scene", seed, attempt));
    if (split === "train" ? !isHeldOut(scene) : mainIsHeldOut(scene)) return scene;
  }
}
