import { bare, disc, eye, line, oval, polygon, shape, turned } from "../shapes.ts";
import type { ObjectKind } from "./object-kind.ts";

/** What flies, swims or waddles. */
export const smallAnimals = {
  bird: {
    names: [
      ["bird", "birds"],
      ["little bird", "little birds"],
    ],
    colours: ["red", "yellow", "green", "blue", "brown", "black", "white", "purple"],
    draw: ({ main, shade, tint, style }) => {
      const beak = "#f0a020";
      if (style === 0)
        return (
          polygon("26,58 2,66 4,52", shade) +
          line("M46 78v16M56 78v16M40 95h10M52 95h10", "#b8721c", 3) +
          oval(48, 58, 28, 21, main) +
          oval(54, 64, 15, 13, tint) +
          disc(70, 36, 16, main) +
          polygon("84,32 99,38 84,42", beak) +
          shape("M26 48Q46 40 58 56Q44 74 24 62Z", shade) +
          eye(74, 33, 3)
        );
      if (style === 1)
        return (
          polygon("22,56 0,48 2,64", shade) +
          shape("M48 52Q30 14 14 6Q52 6 62 46Z", shade) +
          oval(46, 57, 28, 13, main) +
          shape("M40 56Q36 92 22 98Q60 88 58 56Z", shade) +
          disc(74, 50, 12, main) +
          polygon("84,46 99,51 84,55", beak) +
          eye(77, 47, 2.6)
        );
      return (
        line("M40 80v14M60 80v14M34 95h12M54 95h12", "#b8721c", 3) +
        disc(50, 50, 34, main) +
        oval(50, 62, 20, 20, tint) +
        shape("M18 44Q4 60 18 76Q28 64 24 46Z", shade) +
        shape("M82 44Q96 60 82 76Q72 64 76 46Z", shade) +
        polygon("43,44 57,44 50,56", beak) +
        eye(38, 36, 4) +
        eye(62, 36, 4)
      );
    },
  },
  fish: {
    names: [["fish", "fish"]],
    colours: ["red", "orange", "yellow", "green", "blue", "purple", "pink", "grey"],
    draw: ({ main, shade, tint, style }) => {
      if (style === 0)
        return (
          polygon("28,50 2,28 8,50 2,72", shade) +
          polygon("44,30 60,14 70,34", shade) +
          oval(56, 50, 38, 22, main) +
          line("M40 36q6 14 0 28M50 34q6 16 0 32", tint, 4) +
          polygon("54,54 44,66 62,62", shade) +
          eye(80, 44, 4) +
          line("M92 56q-5 3 -9 1", "#333", 2)
        );
      if (style === 1)
        return (
          shape("M26 50Q6 20 2 30Q10 50 2 70Q6 80 26 50Z", tint) +
          shape("M36 30Q52 2 78 28Z", tint) +
          shape("M36 70Q52 98 70 72Z", tint) +
          disc(56, 50, 30, main) +
          line("M72 30q-10 20 0 40", shade, 2.5) +
          eye(77, 44, 4.5) +
          oval(86, 54, 4, 3, shade)
        );
      return (
        polygon("18,50 0,36 0,64", shade) +
        polygon("40,40 48,26 66,38", shade) +
        shape("M14 50Q50 24 98 50Q50 76 14 50Z", main) +
        shape("M18 51Q52 56 94 52Q52 76 18 51Z", tint) +
        line("M76 41q-6 9 0 17", shade, 2) +
        eye(84, 47, 3)
      );
    },
  },
  butterfly: {
    names: [["butterfly", "butterflies"]],
    colours: ["red", "orange", "yellow", "blue", "purple", "pink", "white"],
    draw: ({ main, shade, tint, style }) => {
      const up = style === 1 ? 6 : 0;
      const wings = (flip: string): string =>
        `<g ${flip}>` +
        shape(`M52 48Q70 ${2 - up} 94 ${10 + up}Q104 44 56 54Z`, main) +
        shape("M53 54Q92 52 84 78Q70 98 52 60Z", style === 2 ? shade : main) +
        disc(80, 28, 8, tint) +
        disc(72, 70, 6, tint) +
        "</g>";
      return turned(
        [0, 12, -12][style] ?? 0,
        50,
        50,
        wings("") +
          wings('transform="translate(100 0) scale(-1 1)"') +
          oval(50, 54, 4, 24, "#33292a") +
          line("M49 32Q44 18 36 16M51 32Q56 18 64 16", "#33292a", 2),
      );
    },
  },
  penguin: {
    names: [["penguin", "penguins"]],
    colours: [],
    natural: ["#26282e", "#2c3340"],
    draw: ({ main, style }) => {
      const wings = [
        shape("M26 42Q10 60 16 78Q26 70 30 56Z", main) + shape("M74 42Q90 60 84 78Q74 70 70 56Z", main),
        shape("M28 42Q6 36 2 48Q16 58 30 58Z", main) + shape("M72 42Q94 36 98 48Q84 58 70 58Z", main),
        shape("M28 42Q4 24 4 38Q14 56 30 58Z", main) + shape("M74 42Q90 60 84 78Q74 70 70 56Z", main),
      ][style];
      return (
        oval(38, 94, 11, 4, "#f2a01e") +
        oval(62, 94, 11, 4, "#f2a01e") +
        wings +
        oval(50, 60, 25, 34, main) +
        oval(50, 66, 17, 26, "#fff") +
        disc(50, 24, 19, main) +
        bare(oval(43, 25, 8, 9, "#fff") + oval(57, 25, 8, 9, "#fff")) +
        eye(44, 23, 3) +
        eye(56, 23, 3) +
        polygon("43,29 57,29 50,39", "#f2a01e")
      );
    },
  },
} as const satisfies Record<string, ObjectKind>;
