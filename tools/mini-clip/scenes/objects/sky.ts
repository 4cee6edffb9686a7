import { bare, disc, eye, line, oval, polygon, shape, turned } from "../shapes.ts";
import type { ObjectKind } from "./object-kind.ts";

const around = (count: number, draw: (angle: number) => string): string =>
  Array.from({ length: count }, (_, i) => draw((i * 360) / count)).join("");
const starPoints = (points: number, inner: number): string =>
  Array.from({ length: points * 2 }, (_, i) => {
    const r = i % 2 ? inner : 48;
    const a = (i * Math.PI) / points;
    return `${(50 + Math.sin(a) * r).toFixed(1)},${(50 - Math.cos(a) * r).toFixed(1)}`;
  }).join(" ");

/** What stands in the sky. */
export const sky = {
  sun: {
    names: [["sun", "suns"]],
    colours: [],
    natural: ["#fdc81e", "#fbb01a"],
    outdoors: true,
    sky: "day",
    draw: ({ main, style }) => {
      const face = style === 2 ? eye(41, 46, 3.5) + eye(59, 46, 3.5) + line("M38 58q12 10 24 0", "#8a4a10", 2.5) : "";
      const rays =
        style === 0
          ? around(12, (a) => turned(a, 50, 50, line("M50 20V6", main, 5)))
          : around(10, (a) => turned(a, 50, 50, polygon("41,24 59,24 50,2", main)));
      return rays + disc(50, 50, 25, main) + face;
    },
  },
  moon: {
    names: [["moon", "moons"]],
    colours: [],
    natural: ["#f6edc4", "#f2e7a0", "#e8e8e4"],
    outdoors: true,
    sky: "night",
    draw: ({ main, shade, style }) => {
      const crescent = shape("M66 6A46 46 0 1 0 94 74A40 40 0 0 1 66 6Z", main);
      if (style === 0) return crescent;
      if (style === 1)
        return (
          disc(50, 50, 42, main) +
          bare(disc(36, 36, 9, shade) + disc(62, 58, 12, shade) + disc(66, 28, 5, shade) + disc(34, 68, 6, shade))
        );
      return crescent + line("M36 48q4 4 8 0", "#555", 2.5) + line("M44 68q8 2 10 -5", "#555", 2.5);
    },
  },
  star: {
    names: [["star", "stars"]],
    colours: ["yellow", "red", "blue", "white", "orange"],
    draw: ({ main, tint, style }) => {
      if (style === 0) return polygon(starPoints(5, 20), main);
      if (style === 1)
        return (
          polygon(starPoints(5, 24), main) +
          polygon(
            starPoints(5, 24)
              .split(" ")
              .map((p) =>
                p
                  .split(",")
                  .map((v) => (+v * 0.5 + 25).toFixed(1))
                  .join(","),
              )
              .join(" "),
            tint,
          )
        );
      return (
        polygon(starPoints(5, 22), main) + eye(43, 46, 3.2) + eye(57, 46, 3.2) + line("M42 56q8 7 16 0", "#5a3a10", 2.2)
      );
    },
  },
  cloud: {
    names: [["cloud", "clouds"]],
    colours: ["white", "grey"],
    outdoors: true,
    shelter: [50, 78],
    draw: ({ main, shade, style }) => {
      const puffs =
        style === 1
          ? disc(22, 56, 18, main) + disc(44, 40, 22, main) + disc(72, 48, 22, main) + oval(50, 64, 44, 14, main)
          : disc(24, 58, 20, main) + disc(50, 42, 26, main) + disc(77, 58, 20, main) + oval(50, 66, 40, 12, main);
      const fill = bare(
        style === 1
          ? disc(44, 44, 19, main) + oval(50, 60, 40, 12, main) + disc(68, 50, 19, main)
          : disc(50, 46, 23, main) + oval(50, 62, 38, 13, main),
      );
      return puffs + fill + (style === 2 ? line("M28 68q10 6 20 0M54 70q10 6 20 0", shade, 2.5) : "");
    },
  },
  rainbow: {
    names: [["rainbow", "rainbows"]],
    colours: [],
    natural: ["#d92323"],
    outdoors: true,
    sky: "day",
    draw: ({ style }) => {
      const bands = ["#d92323", "#f3871a", "#f7d52a", "#2c9f44", "#2462d8", "#8436b8"];
      const width = style === 1 ? 5 : 6;
      const arcs = bands
        .map(
          (c, i) =>
            `<path d="M${4 + i * width} 78A${46 - i * width} ${52 - i * width} 0 0 1 ${96 - i * width} 78" fill="none" stroke="${c}" stroke-width="${width + 0.5}"/>`,
        )
        .join("");
      const clouds = bare(
        disc(8, 80, 11, "#fff") +
          disc(22, 80, 13, "#fff") +
          disc(36, 82, 8, "#fff") +
          disc(92, 80, 11, "#fff") +
          disc(78, 80, 13, "#fff") +
          disc(64, 82, 8, "#fff"),
      );
      return arcs + (style === 0 ? "" : clouds);
    },
  },
  balloon: {
    names: [["balloon", "balloons"]],
    colours: ["red", "orange", "yellow", "green", "blue", "purple", "pink", "white", "black"],
    draw: ({ main, shade, tint, style }) => {
      const shine = bare(oval(40, 24, 5, 9, tint));
      if (style === 0)
        return (
          line("M50 66Q40 80 52 96", "#666", 2) +
          polygon("50,62 44,71 56,71", main) +
          oval(50, 34, 27, 32, main) +
          shine
        );
      if (style === 1)
        return (
          line("M50 62Q60 78 48 97", "#666", 2) +
          polygon("50,58 44,67 56,67", main) +
          disc(50, 32, 29, main) +
          line("M24 30Q50 42 76 30", shade, 4) +
          shine
        );
      return (
        line("M50 66L50 97", "#666", 2) +
        shape("M50 68Q12 44 20 18Q34 -4 50 16Q66 -4 80 18Q88 44 50 68Z", main) +
        bare(oval(34, 22, 5, 7, tint))
      );
    },
  },
} as const satisfies Record<string, ObjectKind>;
