import type { Ink } from "../ink.ts";
import type { Colour } from "../scene.ts";

/** One kind of object: its words, its colours and its drawing. */
export interface ObjectKind {
  /** [singular, plural], the usual name first, then synonyms. */
  readonly names: readonly (readonly [string, string])[];
  /** The colours a caption may name; empty where the object has its natural colours. */
  readonly colours: readonly Colour[];
  /** Base colours (#rrggbb) of an object without colour choice; one is picked. */
  readonly natural?: readonly string[];
  /** SVG in a box of 100 × 100 with the ground at y = 96, looking right. Ink.style chooses one of three drawings. */
  readonly draw: (ink: Ink) => string;
  /** Never stands in a room. */
  readonly outdoors?: true;
  /** Only under these skies: the sun does not shine at night. */
  readonly sky?: "day" | "night";
  /** The y of the surface on which something can stand; absent where nothing can. */
  readonly top?: number;
  /** Where something can be under it: [centre x, upper y], below which there is room down to the ground. */
  readonly shelter?: readonly [number, number];
  /** Where something can be inside: [centre x, base y, size] of the guest. */
  readonly hollow?: readonly [number, number, number];
  /** The outline of the front that hides the lower part of what is inside, in main colour; absent for an opening. */
  readonly front?: string;
}
