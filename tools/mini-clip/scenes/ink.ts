import type { Random } from "./random.ts";
import type { Colour } from "./scene.ts";

/** What an object is drawn with. Colours are CSS colours. */
export interface Ink {
  readonly main: string;
  /** Darker than main. */
  readonly shade: string;
  /** Lighter than main. */
  readonly tint: string;
  readonly style: 0 | 1 | 2;
  readonly random: Random;
}

/** The pure colours, before each picture varies them. */
export const palette: Readonly<Record<Colour, string>> = {
  red: "#d92323",
  orange: "#f3871a",
  yellow: "#f7d52a",
  green: "#2c9f44",
  blue: "#2462d8",
  purple: "#8436b8",
  pink: "#f58cb8",
  brown: "#87562f",
  black: "#232327",
  white: "#f8f8f5",
  grey: "#8d9297",
};

/** Mixes two #rrggbb colours: share 0 is the first, 1 the second. */
export function mix(first: string, second: string, share: number): string {
  let mixed = "#";
  for (const at of [1, 3, 5]) {
    const a = Number.parseInt(first.slice(at, at + 2), 16);
    const b = Number.parseInt(second.slice(at, at + 2), 16);
    mixed += Math.round(a + (b - a) * share)
      .toString(16)
      .padStart(2, "0");
  }
  return mixed;
}

/** Makes the ink for a base colour (#rrggbb), slightly varied by the random numbers. */
export function createInk(base: string, style: 0 | 1 | 2, random: Random): Ink {
  const main = mix(base, random.pick(["#000000", "#ffffff", "#804010", "#104080"]), random.between(0, 0.1));
  return { main, shade: mix(main, "#000000", 0.28), tint: mix(main, "#ffffff", 0.4), style, random };
}
