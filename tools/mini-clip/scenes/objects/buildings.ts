import { box, disc, line, polygon, shape } from "../shapes.ts";
import type { ObjectKind } from "./object-kind.ts";

const pane = "#cfe6f2";
const window = (x: number, y: number, w: number, h: number): string =>
  box(x, y, w, h, pane) + line(`M${x + w / 2} ${y}v${h}M${x} ${y + h / 2}h${w}`, "#666", 1.2);
const walls = ["red", "yellow", "white", "blue", "grey", "brown", "pink", "green"] as const;

/** What people build. */
export const buildings = {
  house: {
    names: [
      ["house", "houses"],
      ["home", "homes"],
      ["cottage", "cottages"],
    ],
    colours: walls,
    outdoors: true,
    hollow: [50, 94, 40],
    draw: ({ main, shade, style }) => {
      const roof = shade;
      if (style === 0)
        return (
          box(68, 10, 10, 24, "#8a4a3a") +
          box(14, 42, 72, 53, main) +
          polygon("4,44 50,6 96,44", roof) +
          box(42, 66, 16, 29, "#6b4526") +
          disc(55, 81, 1.5, "#ffd75a") +
          window(21, 52, 15, 15) +
          window(64, 52, 15, 15)
        );
      if (style === 1)
        return (
          box(8, 46, 84, 49, main) +
          polygon("2,46 18,16 82,16 98,46", roof) +
          polygon("36,46 50,24 64,46", main) +
          window(44, 34, 12, 9) +
          box(16, 64, 15, 31, "#4a6b46") +
          window(40, 58, 18, 16) +
          window(68, 58, 18, 16)
        );
      return (
        box(22, 30, 56, 65, main) +
        polygon("14,32 50,0 86,32", roof) +
        window(29, 38, 14, 14) +
        window(57, 38, 14, 14) +
        window(29, 62, 14, 14) +
        box(56, 66, 16, 29, "#6b4526") +
        disc(50, 21, 5, pane)
      );
    },
  },
  tower: {
    names: [["tower", "towers"]],
    colours: ["grey", "red", "white", "brown"],
    outdoors: true,
    draw: ({ main, shade, style }) => {
      if (style === 0)
        return (
          box(34, 24, 32, 72, main) +
          shape("M28 26L28 6L36 6L36 13L44 13L44 6L56 6L56 13L64 13L64 6L72 6L72 26Z", main) +
          box(46, 34, 8, 14, "#333", 4) +
          box(46, 54, 8, 14, "#333", 4) +
          shape("M43 96L43 84Q50 74 57 84L57 96Z", "#4b3322") +
          line("M36 30h8M56 44h8M37 60h7M57 72h7", shade, 2)
        );
      if (style === 1)
        return (
          polygon("37,96 42,28 58,28 63,96", main) +
          polygon("40,48 60,48 61.5,62 38.5,62", shade) +
          polygon("38,74 62,74 63,90 37.5,90", shade) +
          box(36, 24, 28, 5, "#444") +
          box(42, 12, 16, 12, "#ffe98a") +
          polygon("39,13 50,1 61,13", "#444")
        );
      return (
        line("M50 0v16", "#555", 2) +
        polygon("46,14 54,14 60,56 72,96 60,96 50,74 40,96 28,96 40,56", main) +
        line("M44 32h12M40 56h20M36 70h28M42 44l16 12M58 44l-16 12M40 58l22 14M60 58l-22 14", shade, 2.5)
      );
    },
  },
  castle: {
    names: [
      ["castle", "castles"],
      ["fortress", "fortresses"],
    ],
    colours: ["grey", "white", "pink", "yellow"],
    outdoors: true,
    draw: ({ main, shade, style, random }) => {
      const flag = random.pick(["#c62828", "#2f6fb8", "#f2b01e"]);
      const turret = (x: number, y: number): string =>
        box(x, y, 20, 95 - y, main) +
        (style === 1
          ? shape(`M${x - 2} ${y}v-10h6v5h6v-5h4v5h6v-5h4v10Z`, main)
          : polygon(`${x - 4},${y} ${x + 10},${y - 26} ${x + 24},${y}`, flag)) +
        box(x + 7, y + 10, 6, 12, "#333", 3);
      return (
        (style === 2 ? turret(40, 32) : "") +
        box(16, 52, 68, 43, main) +
        shape("M16 54v-9h9v5h8v-5h9v5h8v-5h9v5h8v-5h9v5h8v4Z", main) +
        turret(4, 40) +
        turret(76, 40) +
        shape("M38 95L38 78Q50 60 62 78L62 95Z", "#4b3322") +
        line("M30 66h7M62 64h8M31 84h5", shade, 2)
      );
    },
  },
  tent: {
    names: [
      ["tent", "tents"],
      ["camping tent", "camping tents"],
    ],
    colours: ["red", "orange", "yellow", "green", "blue", "purple"],
    hollow: [50, 95, 40],
    draw: ({ main, shade, tint, style }) => {
      if (style === 0)
        return (
          polygon("50,12 98,95 2,95", main) +
          polygon("50,30 72,95 28,95", "#3a2f2a") +
          polygon("50,30 50,95 34,95", tint)
        );
      if (style === 1)
        return (
          shape("M2 95Q6 26 50 26Q94 26 98 95Z", main) +
          line("M50 26Q20 40 18 95M50 26Q80 40 82 95", shade, 3) +
          shape("M34 95Q34 54 50 52Q66 54 66 95Z", "#3a2f2a")
        );
      return (
        polygon("34,24 80,14 99,84 66,95", shade) +
        polygon("34,24 66,95 2,95", main) +
        polygon("34,44 48,95 20,95", "#3a2f2a") +
        line("M34 24L34 14M80 14L98 95", "#777", 1.5)
      );
    },
  },
  bridge: {
    names: [["bridge", "bridges"]],
    colours: ["red", "grey", "brown"],
    outdoors: true,
    top: 48,
    shelter: [50, 62],
    draw: ({ main, shade, style }) => {
      if (style === 0)
        return (
          shape("M0 52Q50 34 100 52L100 95L88 95Q84 62 50 60Q16 62 12 95L0 95Z", main) +
          line("M2 46Q50 28 98 46M10 50v-6M30 43v-6M50 41v-7M70 43v-6M90 50v-6", shade, 3)
        );
      if (style === 1)
        return (
          line("M0 46Q14 40 24 8Q50 70 76 8Q86 40 100 46", main, 3) +
          line("M34 28v26M42 37v17M50 39v15M58 37v17M66 28v26M12 34v20M88 34v20", main, 1.5) +
          box(21, 4, 7, 92, main) +
          box(73, 4, 7, 92, main) +
          box(0, 53, 100, 8, main)
        );
      return (
        shape("M0 50L100 50L100 95L94 95Q94 66 78 64Q62 66 62 95L38 95Q38 66 22 64Q6 66 6 95L0 95Z", main) +
        line("M4 56h10M30 57h12M56 56h12M84 57h10", shade, 2) +
        box(0, 45, 100, 6, shade)
      );
    },
  },
} as const satisfies Record<string, ObjectKind>;
