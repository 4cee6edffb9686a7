import { catalogue } from "./objects/catalogue.ts";
import { createRandom, hash, type Random } from "./random.ts";
import type { Group, Place, Scene } from "./scene.ts";

/** Where one object is drawn: the upper left corner and the side of its box, in a picture of 256 × 256. */
export interface Placement {
  /** Which group of the scene. */
  readonly group: 0 | 1;
  readonly x: number;
  readonly y: number;
  readonly side: number;
  /** Overrides the group's direction. */
  readonly flip?: boolean;
  /** The front of a container, drawn instead of the object; or the dark opening of a house. */
  readonly part?: "front" | "opening";
}

const areas: Readonly<Record<Place, readonly [x: number, y: number, width: number, height: number]>> = {
  centre: [8, 8, 240, 240],
  left: [6, 8, 116, 240],
  right: [134, 8, 116, 240],
  top: [8, 6, 240, 116],
  bottom: [8, 134, 240, 116],
};

/** How many objects stand in each row, so that they become as big as possible. */
function rows(count: number, width: number, height: number, random: Random): readonly number[] {
  const splits: Readonly<Record<number, readonly (readonly number[])[]>> = {
    1: [[1]],
    2: [[2], [1, 1]],
    3: [[3], [2, 1], [1, 2], [1, 1, 1]],
    4: [[2, 2], [4], [1, 1, 1, 1], [3, 1]],
    5: [[3, 2], [2, 3], [2, 1, 2], [5], [2, 2, 1]],
  };
  const cell = (split: readonly number[]): number => Math.min(height / split.length, width / Math.max(...split));
  const best = Math.max(...(splits[count] ?? []).map(cell));
  return random.pick((splits[count] ?? []).filter((split) => cell(split) > best * 0.8));
}

function layGroup(group: Group, index: 0 | 1, alone: boolean, random: Random): readonly Placement[] {
  const [left, top, width, height] = areas[group.place];
  const split = rows(group.count, width, height, random);
  const rowHeight = height / split.length;
  const biggest = group.count === 1 ? (alone ? 172 : 140) : 118;
  const widest = Math.min(rowHeight, width / Math.max(...split));
  const side =
    group.size === "large"
      ? Math.min(widest * random.between(0.88, 0.98), random.between(biggest * 0.8, biggest))
      : Math.min(widest * 0.8, random.between(58, 84));
  return split.flatMap((inRow, row) =>
    Array.from({ length: inRow }, (_, column) => {
      const cell = width / inRow;
      // Not more than a little from the middle of the cell: pictures are cropped, and neighbours should stay apart.
      const slackX = Math.min((cell - side) * 0.7, 60);
      const slackY = Math.min((rowHeight - side) * 0.7, 60);
      return {
        group: index,
        x: left + column * cell + (cell - side) / 2 + random.between(-0.5, 0.5) * slackX,
        y: top + row * rowHeight + (rowHeight - side) / 2 + random.between(-0.5, 0.5) * slackY,
        side,
      };
    }),
  );
}

/** A box by its middle and its ground. */
const standing = (group: 0 | 1, middle: number, base: number, side: number): Placement => ({
  group,
  x: middle - side / 2,
  y: base - side * 0.96,
  side,
});

/** The corner of the wall that hides half of an object: which side of the picture it fills, up to where. */
export function cornerOf(scene: Scene): { readonly left: boolean; readonly edge: number } {
  const left = scene.seed % 2 === 0;
  return { left, edge: left ? 112 : 144 };
}

function layRelation(scene: Scene, random: Random): readonly Placement[] {
  const other = scene.groups[1] && catalogue[scene.groups[1].object];
  const away = random.pick([-1, 1]);
  switch (scene.relation) {
    case "behind-corner": {
      const { left, edge } = cornerOf(scene);
      const side = random.between(140, 165);
      return [
        {
          ...standing(0, edge + (left ? 1 : -1) * side * random.between(0.1, 0.2), random.between(205, 235), side),
          flip: !left,
        },
      ];
    }
    case "behind": {
      const x = 128 - away * 28;
      return [
        standing(0, x + away * random.between(56, 66), random.between(180, 192), 125),
        standing(1, x, random.between(216, 232), 138),
      ];
    }
    case "in-front-of":
      return [
        standing(1, 128 + away * 12, random.between(186, 200), 165),
        standing(0, 128 - away * random.between(22, 40), random.between(228, 242), 88),
      ];
    case "next-to": {
      const base = random.between(150, 230);
      return [
        standing(0, 128 + away * 60, base, random.between(96, 112)),
        standing(1, 128 - away * 60, base, random.between(96, 112)),
      ];
    }
    case "on": {
      const support = standing(1, random.between(110, 146), 240, 140);
      return [
        support,
        standing(0, support.x + 70, support.y + ((other?.top ?? 0) / 100) * 140 + 2, random.between(82, 96)),
      ];
    }
    case "under": {
      const [middle, upper] = other?.shelter ?? [50, 50];
      const side = 168;
      const guest = upper > 70 ? random.between(80, 92) : random.between(64, 74);
      const below = Math.max(side * 0.96, (upper / 100) * side + guest);
      const roof = { group: 1 as const, x: 44, y: 240 - below, side };
      const centre = scene.groups[1]?.flip === true ? 100 - middle : middle;
      return [roof, standing(0, 44 + (centre / 100) * side, 240, guest)];
    }
    default: {
      const [middle, base, size] = other?.hollow ?? [50, 90, 40];
      const side = 190;
      const host = standing(1, random.between(118, 138), 236, side);
      const guest = (size / 100) * side;
      const sunk = other?.front === undefined ? 0 : 0.1 * side;
      const inside = standing(0, host.x + (middle / 100) * side, host.y + (base / 100) * side + sunk, guest);
      return other?.front === undefined
        ? [
            host,
            { ...inside, group: 1, part: "opening" },
            { ...inside, x: inside.x + guest * 0.04, y: inside.y + guest * 0.08, side: guest * 0.92 },
          ]
        : [host, inside, { ...host, part: "front" }];
    }
  }
}

/** Places all objects of a scene, in the order in which they are drawn. */
export function layOut(scene: Scene): readonly Placement[] {
  const random = createRandom(hash("layout", scene.seed));
  if (scene.relation !== undefined) return layRelation(scene, random);
  return scene.groups.flatMap((group, i) => layGroup(group, i === 0 ? 0 : 1, scene.groups.length === 1, random));
}
