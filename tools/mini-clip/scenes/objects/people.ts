import { bare, box, disc, eye, line, oval, polygon, shape } from "../shapes.ts";
import type { ObjectKind } from "./object-kind.ts";

const skins = ["#f3cda6", "#e0ac7c", "#a86f42", "#74492c"];
const hairs = ["#2d211a", "#6b4022", "#d9a94a", "#8d8d8d"];
const clothes = ["#c63a3a", "#2f6fb8", "#3c9a5a", "#e0a030", "#7d4aa0", "#444b55"];

/** People, and those made of snow. */
export const people = {
  person: {
    names: [
      ["person", "people"],
      ["human", "humans"],
      ["grown-up", "grown-ups"],
    ],
    colours: [],
    natural: clothes,
    draw: ({ main, style, random }) => {
      const skin = random.pick(skins);
      const hair = random.pick(hairs);
      const trousers = random.pick(["#2c3e60", "#3b3b3b", "#6a5642"]);
      const arms = [
        line("M40 34L30 58M60 34L70 58", main, 6) + disc(29, 61, 3.4, skin) + disc(71, 61, 3.4, skin),
        line("M41 34L32 56M59 34L68 56", main, 5) + disc(31, 58, 3, skin) + disc(69, 58, 3, skin),
        line("M40 34L24 16M60 34L76 16", main, 6) + disc(22, 13, 3.6, skin) + disc(78, 13, 3.6, skin),
      ][style];
      const head =
        (style === 1 ? shape("M39 12Q50 -4 61 12L63 30L37 30Z", hair) : "") +
        disc(50, 15, 10, skin) +
        (style === 1
          ? shape("M40 13Q50 0 60 13Q50 8 40 13Z", hair)
          : shape("M39 14Q42 1 50 3Q60 2 61 14Q52 9 39 14Z", hair)) +
        bare(disc(46.5, 16, 1.3, "#222") + disc(53.5, 16, 1.3, "#222")) +
        line("M47 20.5q3 2 6 0", "#933", 1.2);
      const body =
        style === 1
          ? line("M46 70v22M54 70v22", skin, 5) + shape("M42 29L58 29L66 74L34 74Z", main)
          : box(41, 58, 8, 36, trousers, 2) + box(51, 58, 8, 36, trousers, 2) + box(39, 28, 22, 34, main, 6);
      return oval(45, 95, 6, 2.5, "#222") + oval(56, 95, 6, 2.5, "#222") + arms + body + head;
    },
  },
  child: {
    names: [
      ["child", "children"],
      ["kid", "kids"],
    ],
    colours: [],
    natural: clothes,
    draw: ({ main, style, random }) => {
      const skin = random.pick(skins);
      const hair = random.pick(hairs);
      const arms = style === 1 ? "M40 62L22 50M60 62L78 50" : "M40 62L28 78M60 62L72 78";
      const hairdo = [
        shape("M32 38Q34 18 50 18Q66 18 68 38Q58 28 32 38Z", hair),
        disc(29, 36, 8, hair) + disc(71, 36, 8, hair) + shape("M32 38Q34 18 50 18Q66 18 68 38Q50 26 32 38Z", hair),
        shape("M31 36Q34 20 50 20Q66 20 69 36Z", main) + box(62, 33, 16, 4, main, 2),
      ][style];
      return (
        line("M45 82v10M55 82v10", skin, 6) +
        oval(43, 94, 6, 3, "#333") +
        oval(57, 94, 6, 3, "#333") +
        line(arms, skin, 5) +
        (style === 1
          ? polygon("42,58 58,58 66,86 34,86", main)
          : box(39, 57, 22, 18, main, 5) + box(39, 72, 22, 12, "#35507a", 3)) +
        disc(50, 40, 18, skin) +
        hairdo +
        eye(43, 42, 2.6) +
        eye(57, 42, 2.6) +
        bare(oval(38, 48, 3, 2, "#ee9a94") + oval(62, 48, 3, 2, "#ee9a94")) +
        line("M45 50q5 4 10 0", "#933", 1.6)
      );
    },
  },
  snowman: {
    names: [["snowman", "snowmen"]],
    colours: [],
    natural: ["#fbfdff"],
    outdoors: true,
    draw: ({ main, style, random }) => {
      const scarf = random.pick(clothes);
      const hat =
        style === 1
          ? shape("M36 18Q50 -8 64 18Z", scarf) + disc(50, 4, 4, "#fff")
          : box(39, 0, 22, 14, "#222") + box(33, 13, 34, 4, "#222", 1);
      return (
        line("M30 52L10 40M12 41l-5 4M70 52L90 40M88 41l5 4", "#6b4526", 3) +
        (style === 2 ? "" : disc(50, 78, 19, main)) +
        (style === 2 ? disc(50, 70, 27, main) : disc(50, 52, 16, main)) +
        disc(50, 27, 13, main) +
        hat +
        bare(disc(45, 24, 2, "#222") + disc(55, 24, 2, "#222") + disc(50, 50, 2, "#222") + disc(50, 58, 2, "#222")) +
        polygon("50,27 68,31 50,32", "#f07f1a") +
        line("M39 38Q50 44 61 38M58 40L62 54", scarf, 5)
      );
    },
  },
} as const satisfies Record<string, ObjectKind>;
