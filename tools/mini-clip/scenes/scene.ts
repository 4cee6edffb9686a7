import type { ObjectName } from "./objects/catalogue.ts";

/** Where a scene plays. */
export const backgrounds = [
  "day",
  "night",
  "sunset",
  "rain",
  "snow",
  "indoors",
  "beach",
  "city",
  "forest",
  "plain",
] as const;
export type Background = (typeof backgrounds)[number];

/** How the finished picture is treated. */
export const looks = ["plain", "noise", "blur", "sketch", "black-and-white"] as const;
export type Look = (typeof looks)[number];

/** Where a group of objects stands. */
export const places = ["left", "right", "top", "bottom", "centre"] as const;
export type Place = (typeof places)[number];

/** How the first object stands to the second one; with "behind-corner" there is a corner of a wall instead of a second one. */
export const relations = ["behind", "on", "under", "next-to", "in-front-of", "inside", "behind-corner"] as const;
export type Relation = (typeof relations)[number];

export type Colour =
  | "red"
  | "orange"
  | "yellow"
  | "green"
  | "blue"
  | "purple"
  | "pink"
  | "brown"
  | "black"
  | "white"
  | "grey";

/** One to five objects of a kind, drawn alike. */
export interface Group {
  readonly object: ObjectName;
  /** Absent where the object has its natural colours, or where the look hides colours. */
  readonly colour?: Colour;
  readonly size: "small" | "large";
  readonly count: 1 | 2 | 3 | 4 | 5;
  readonly place: Place;
  /** Which of the three drawings of the object. */
  readonly style: 0 | 1 | 2;
  /** With dark outlines, without outlines, or as a line drawing in the colour. */
  readonly finish: "outlined" | "flat" | "line";
  readonly flip: boolean;
}

/** What a picture shows, as plain data; drawing, captions and queries are functions of it. */
export interface Scene {
  /** Seeds what the other fields leave open: shades, proportions, positions inside the place, noise. */
  readonly seed: number;
  readonly background: Background;
  readonly look: Look;
  /** The main group, and perhaps a second one. With a relation: two single objects (one with "behind-corner"). */
  readonly groups: readonly [Group] | readonly [Group, Group];
  readonly relation?: Relation;
}
