import { bare, box, disc, eye, line, oval, polygon, shape } from "../shapes.ts";
import type { ObjectKind } from "./object-kind.ts";

const leg = (x: number, y: number, colour: string, width = 7): string =>
  box(x - width / 2, y, width, 96 - y, colour, 2);
const wool = (x: number, y: number, rx: number, ry: number, fill: string): string => {
  let puffs = "";
  for (let i = 0; i < 10; i++) {
    const angle = (i / 10) * Math.PI * 2;
    puffs += disc(+(x + Math.cos(angle) * rx).toFixed(1), +(y + Math.sin(angle) * ry).toFixed(1), 10, fill);
  }
  return puffs + bare(oval(x, y, rx + 3, ry + 3, fill));
};

/** Bigger beasts. */
export const farmAnimals = {
  horse: {
    names: [
      ["horse", "horses"],
      ["pony", "ponies"],
    ],
    colours: ["brown", "black", "white", "grey"],
    draw: ({ main, shade, tint, style }) => {
      const mane = main === shade ? tint : shade;
      const legs = [
        [leg(20, 54, main, 6), leg(30, 56, main, 6), leg(56, 56, main, 6), leg(64, 54, main, 6)].join(""),
        [leg(19, 54, main, 6), leg(28, 56, main, 6), leg(58, 56, main, 6), leg(66, 54, main, 6)].join(""),
        line("M22 58L8 74L12 92M30 60L22 78L30 92", main, 6) + line("M58 60L72 74L66 90M64 56L84 66L88 80", main, 6),
      ][style];
      const head =
        style === 1
          ? shape("M56 46Q72 44 80 62L84 78L76 80L62 66Z", main) +
            shape("M74 72L90 76L96 90Q92 97 86 94L72 82Z", main) +
            line("M60 42Q76 46 82 66", mane, 6) +
            eye(83, 81, 2.2)
          : shape("M54 50L68 16L80 20L72 56Z", main) +
            shape("M66 10L78 8L98 30Q98 38 90 36L74 28Z", main) +
            polygon("68,12 70,0 76,10", main) +
            line("M66 12Q58 28 54 44", mane, 8) +
            eye(79, 16, 2.4) +
            bare(disc(94, 32, 1.6, "#222"));
      return line("M16 44Q2 50 6 76", mane, 7) + legs + oval(42, 50, 30, 14, main) + head;
    },
  },
  cow: {
    names: [["cow", "cows"]],
    colours: [],
    natural: ["#fafafa", "#fafafa", "#a5673a"],
    draw: ({ main, style, random }) => {
      const patch = main.startsWith("#a") || main.startsWith("#9") ? "#f4efe8" : "#2b2828";
      if (style === 2)
        return (
          line("M28 22Q14 18 16 4M72 22Q86 18 84 4", "#d8c9a0", 6) +
          oval(14, 38, 12, 7, main) +
          oval(86, 38, 12, 7, main) +
          shape("M26 22Q50 10 74 22L70 70L30 70Z", main) +
          shape("M28 22Q40 16 46 20L44 46Q30 48 29 36Z", patch) +
          oval(50, 76, 28, 17, "#f0a9ad") +
          bare(oval(40, 74, 4, 5, "#8d4a50") + oval(60, 74, 4, 5, "#8d4a50")) +
          eye(37, 44, 4) +
          eye(63, 44, 4)
        );
      return (
        line("M12 40Q4 54 8 74", "#555", 2.5) +
        [18, 28, 56, 65].map((x) => leg(x, 60, main)).join("") +
        oval(46, 70, 7, 6, "#f0a9ad") +
        box(11, 36, 58, 30, main, 10) +
        bare(oval(26, 46, 10, 7, patch) + oval(50, 54, random.between(7, 11), 8, patch) + oval(58, 40, 6, 4, patch)) +
        line("M70 26Q66 18 70 14M84 26Q90 18 86 14", "#d8c9a0", 4) +
        shape("M64 28Q76 20 90 30L92 50Q82 60 72 54Z", style === 0 ? main : patch) +
        oval(85, 52, 11, 8, "#f0a9ad") +
        oval(64, 32, 7, 4, main) +
        eye(80, 36, 2.6)
      );
    },
  },
  sheep: {
    names: [
      ["sheep", "sheep"],
      ["lamb", "lambs"],
    ],
    colours: ["white", "black", "grey"],
    draw: ({ main, tint, style }) => {
      const face = style === 1 ? "#e9cfb4" : "#3a3634";
      if (style === 2)
        return (
          leg(38, 76, face) +
          leg(62, 76, face) +
          wool(50, 58, 26, 20, main) +
          oval(50, 54, 14, 19, "#e9cfb4") +
          oval(32, 46, 9, 5, "#e9cfb4") +
          oval(68, 46, 9, 5, "#e9cfb4") +
          wool(50, 33, 9, 4, tint) +
          eye(44, 52, 2.8) +
          eye(56, 52, 2.8)
        );
      return (
        [26, 35, 56, 64].map((x) => leg(x, 72, face, 6)).join("") +
        wool(44, 56, 26, 16, main) +
        oval(78, 44, 11, 15, face) +
        oval(67, 40, 8, 4, face) +
        bare(disc(76, 30, 8, main)) +
        bare(disc(81, 42, 3, "#fff") + disc(82, 42, 1.6, "#111"))
      );
    },
  },
  pig: {
    names: [
      ["pig", "pigs"],
      ["piglet", "piglets"],
    ],
    colours: [],
    natural: ["#f2a3ad", "#eb98a8"],
    draw: ({ main, shade, style }) => {
      const snout = (x: number, y: number, r: number): string =>
        oval(x, y, r, r * 0.75, shade) +
        bare(oval(x - r / 3, y, r / 6, r / 4, "#5b2730") + oval(x + r / 3, y, r / 6, r / 4, "#5b2730"));
      if (style === 2)
        return (
          polygon("16,34 14,8 42,18", shade) +
          polygon("84,34 86,8 58,18", shade) +
          oval(50, 54, 40, 38, main) +
          eye(34, 44, 4) +
          eye(66, 44, 4) +
          snout(50, 64, 19) +
          line("M38 82Q50 90 62 82", "#5b2730", 2)
        );
      return (
        line("M12 52q-8 -2 -4 -8q6 -4 6 3q-2 6 -10 2", shade, 2.5) +
        [24, 34, 58, 67].map((x) => leg(x, 72, shade, 9)).join("") +
        oval(44, 58, 33, 24, main) +
        polygon("62,34 66,18 76,30", shade) +
        disc(76, 46, 18, main) +
        polygon("82,34 90,20 92,36", shade) +
        eye(74, 42, 2.6) +
        eye(86, 42, 2.6) +
        snout(84, 52, 9)
      );
    },
  },
  elephant: {
    names: [["elephant", "elephants"]],
    colours: [],
    natural: ["#8f979e", "#7f8990", "#a3a09c"],
    draw: ({ main, shade, tint, style }) => {
      if (style === 2)
        return (
          oval(22, 40, 21, 27, shade) +
          oval(78, 40, 21, 27, shade) +
          bare(oval(22, 40, 13, 19, "#d9a8ac") + oval(78, 40, 13, 19, "#d9a8ac")) +
          oval(50, 40, 25, 29, main) +
          shape("M40 50L42 92Q50 99 58 92L60 50Z", main) +
          line("M43 66h14M43 74h13M44 82h12", shade, 1.5) +
          shape("M36 62Q30 76 38 80L40 66Z", "#fffbe8") +
          shape("M64 62Q70 76 62 80L60 66Z", "#fffbe8") +
          eye(39, 36, 3.2) +
          eye(61, 36, 3.2)
        );
      const trunk = style === 0 ? "M86 44Q98 62 90 88" : "M86 44Q102 44 96 14";
      return (
        line("M8 48Q2 58 6 70", shade, 3) +
        [18, 31, 52, 64].map((x) => leg(x, 62, shade, 12)).join("") +
        oval(40, 50, 34, 25, main) +
        line(trunk, main, 10) +
        disc(76, 38, 19, main) +
        oval(65, 40, 13, 18, tint) +
        shape("M82 52Q90 62 98 58Q92 52 88 48Z", "#fffbe8") +
        eye(83, 34, 2.6)
      );
    },
  },
} as const satisfies Record<string, ObjectKind>;
