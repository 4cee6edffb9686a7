import { catalogue, type ObjectName } from "./objects/catalogue.ts";
import type { Background, Colour, Look, Place, Relation } from "./scene.ts";

/** The numbers one to five in words, by value. */
export const numbers: readonly string[] = ["no", "one", "two", "three", "four", "five"];

/** Puts "a" or "an" before words, by their spelling. */
export function withArticle(words: string): string {
  return `${/^[aeiou]/.test(words) ? "an" : "a"} ${words}`;
}

/** The name of an object, in the plural for a count above one; the usual name, or the synonym with this index. */
export function nameOf(object: ObjectName, count: number, synonym = 0): string {
  const { names } = catalogue[object];
  const [singular, plural] = names[synonym % names.length] ?? ["thing", "things"];
  return count === 1 ? singular : plural;
}

/** Words for colours, the usual one first. */
export const colourWords: Readonly<Record<Colour, readonly string[]>> = {
  red: ["red", "red", "bright red"],
  orange: ["orange"],
  yellow: ["yellow", "yellow", "bright yellow"],
  green: ["green"],
  blue: ["blue"],
  purple: ["purple", "violet"],
  pink: ["pink", "pink", "rose-coloured"],
  brown: ["brown"],
  black: ["black"],
  white: ["white"],
  grey: ["grey", "gray"],
};

/** Phrases that follow an object ("a car at night"), the canonical one first. */
export const backgroundPhrases: Readonly<Record<Background, readonly string[]>> = {
  day: ["by day", "in the daytime", "in daylight", "on a sunny day", "on a green meadow", "during the day"],
  night: ["at night", "in the dark", "by night", "in the night", "at nighttime", "under a dark sky"],
  sunset: ["at sunset", "at dusk", "in the evening", "in the evening light", "at sundown", "as the sun goes down"],
  rain: ["in the rain", "on a rainy day", "in rainy weather", "while it is raining", "in bad weather"],
  snow: ["in the snow", "in winter", "on a snowy day", "in a snowy landscape", "while it is snowing"],
  indoors: ["indoors", "in a room", "inside a room", "at home", "in the living room"],
  beach: ["on the beach", "at the beach", "by the sea", "at the seaside", "by the ocean", "on the sand"],
  city: ["in the city", "in town", "on a city street", "in a big city", "in a street"],
  forest: ["in the forest", "in the woods", "in a wood", "deep in the forest"],
  plain: ["on a plain background", "in front of nothing", "on an empty background", "on a blank background"],
};

/** What a picture of the background alone is called, the canonical one first. */
export const backgroundNames: Readonly<Record<Background, readonly string[]>> = {
  day: ["a sunny day", "daytime", "a green meadow under a blue sky", "daylight", "a summer day"],
  night: ["night", "a night scene", "a dark night", "darkness", "a night sky"],
  sunset: ["a sunset", "dusk", "evening light", "the evening sky", "sundown"],
  rain: ["a rainy day", "rain", "rainy weather", "bad weather", "rainfall"],
  snow: ["a snowy day", "snow", "winter", "a winter landscape", "snowfall"],
  indoors: ["a room", "indoors", "inside a house", "a living room", "an interior"],
  beach: ["a beach", "the seaside", "the sea", "the ocean and sand", "the coast"],
  city: ["a city", "a city street", "town", "tall buildings", "a street with buildings"],
  forest: ["a forest", "the woods", "a wood", "many trees", "deep forest"],
  plain: ["a plain background", "an empty background"],
};

/** What comes between the two objects of a relation, the canonical phrase first. */
export const relationPhrases: Readonly<Record<Relation, readonly string[]>> = {
  behind: ["behind", "hidden behind", "partly behind", "standing behind"],
  on: ["on", "on top of", "standing on", "sitting on"],
  under: ["under", "below", "beneath", "underneath"],
  "next-to": ["next to", "beside", "by the side of", "near"],
  "in-front-of": ["in front of", "before", "standing in front of"],
  inside: ["inside", "in", "within"],
  "behind-corner": ["behind", "hiding behind", "peeking out from behind", "looking around"],
};

/** Phrases for the places of a group; the centre is not worth saying. */
export const placePhrases: Readonly<Record<Place, readonly string[]>> = {
  left: ["on the left", "on the left side", "to the left"],
  right: ["on the right", "on the right side", "to the right"],
  top: ["at the top", "in the upper half"],
  bottom: ["at the bottom", "in the lower half"],
  centre: [""],
};

/** How captions start: words that mean "this is a picture", by look. */
export const openings: Readonly<Record<Look, readonly string[]>> = {
  plain: [
    "a photo of",
    "a picture of",
    "an image of",
    "a drawing of",
    "an illustration of",
    "a colourful drawing of",
    "there is",
    "we see",
    "photo of",
    "picture with",
  ],
  noise: [
    "a photo of",
    "a grainy photo of",
    "a noisy picture of",
    "a photograph of",
    "a snapshot of",
    "a grainy image of",
  ],
  blur: ["a blurry photo of", "a blurred picture of", "an unsharp image of", "an out of focus photo of", "a photo of"],
  sketch: ["a sketch of", "a pencil drawing of", "a pencil sketch of", "a line drawing of", "a hand drawing of"],
  "black-and-white": [
    "a black and white photo of",
    "a black and white picture of",
    "a monochrome photo of",
    "a greyscale image of",
  ],
};

/** The look as words after the picture's subject; empty where there is nothing to say. */
export const lookEndings: Readonly<Record<Look, readonly string[]>> = {
  plain: [""],
  noise: ["", ", grainy photo", ", noisy"],
  blur: [", blurry", ", out of focus", ", blurred"],
  sketch: [", sketch", ", pencil drawing", ", drawn with a pencil"],
  "black-and-white": [", black and white picture", ", black and white", ", monochrome", " in black and white"],
};
