import { bare, box, disc, line, oval, polygon, shape, turned } from "../shapes.ts";
import type { ObjectKind } from "./object-kind.ts";

/** What one eats and drinks. */
export const food = {
  cup: {
    names: [
      ["cup", "cups"],
      ["mug", "mugs"],
    ],
    colours: ["red", "yellow", "green", "blue", "white", "black", "pink", "orange", "purple"],
    hollow: [42, 40, 46],
    front: "M14 34Q42 42 70 34L66 88Q42 100 18 88Z",
    draw: ({ main, shade, tint, style }) => {
      const steam = style === 1 ? line("M32 20q-6 -8 0 -16M46 20q-6 -8 0 -16M58 20q-6 -8 0 -16", "#b9bcc2", 3) : "";
      return (
        steam +
        `<path d="M68 46Q96 42 92 62Q88 80 66 76" fill="none" stroke="${shade}" stroke-width="8"/>` +
        (style === 2
          ? shape("M12 32Q14 88 42 90Q70 88 72 32Z", main) + oval(42, 93, 38, 4, tint)
          : shape("M14 32L18 88Q42 100 66 88L70 32Z", main)) +
        oval(42, 32, style === 2 ? 30 : 28, 7, "#5a3820") +
        (style === 0 ? line("M17 56Q42 64 67 56", tint, 5) : "")
      );
    },
  },
  cake: {
    names: [
      ["cake", "cakes"],
      ["birthday cake", "birthday cakes"],
    ],
    colours: ["pink", "white", "brown", "yellow"],
    draw: ({ main, shade, tint, style }) => {
      const candle = (x: number, y: number): string =>
        box(x - 2, y - 18, 4, 18, "#5aa0e0") + bare(oval(x, y - 23, 3, 5, "#ff9a1f"));
      const plate = oval(50, 92, 48, 5, "#dfe3e6");
      if (style === 0)
        return (
          plate +
          candle(30, 46) +
          candle(50, 46) +
          candle(70, 46) +
          box(12, 46, 76, 44, main, 5) +
          shape("M12 50Q18 66 25 56Q31 72 38 56Q44 68 50 56Q57 72 63 56Q69 68 76 56Q82 68 88 50L88 46L12 46Z", tint) +
          line("M13 76h74", shade, 3)
        );
      if (style === 1)
        return (
          plate +
          candle(50, 28) +
          box(32, 28, 36, 24, main, 3) +
          box(20, 48, 60, 24, main, 3) +
          box(8, 70, 84, 20, main, 3) +
          bare([24, 40, 56, 72].map((x) => disc(x, 60, 3, "#d92350")).join("")) +
          line("M33 34q6 6 11 0q6 6 12 0q6 6 11 0", "#fff", 3)
        );
      return (
        polygon("6,52 70,30 96,48 96,88 6,90", "#e8c27a") +
        polygon("6,52 70,30 96,48 96,58 6,64", main) +
        line("M6 76L96 72", main, 5) +
        disc(66, 32, 8, "#d92336") +
        line("M66 24q4 -10 10 -12", "#3f7a35", 2)
      );
    },
  },
  pizza: {
    names: [["pizza", "pizzas"]],
    colours: [],
    natural: ["#f5c04a"],
    draw: ({ main, style, random }) => {
      const topping = random.pick(["#b93026", "#c9432e"]);
      const dots = (places: readonly (readonly [number, number])[], r: number): string =>
        places.map(([x, y]) => disc(x, y, r, topping)).join("");
      const leaves = bare(
        oval(46, 44, 4, 2.4, "#3f8a3a") + oval(58, 64, 4, 2.4, "#3f8a3a") + oval(40, 58, 2.4, 4, "#3f8a3a"),
      );
      if (style === 0)
        return (
          polygon("8,22 92,22 50,98", main) +
          box(4, 12, 92, 14, "#c9843c", 7) +
          dots(
            [
              [34, 40],
              [60, 38],
              [48, 62],
            ],
            8,
          ) +
          leaves
        );
      const whole =
        disc(50, 50, 46, "#c9843c") +
        disc(50, 50, 39, main) +
        dots(
          [
            [32, 34],
            [62, 30],
            [72, 56],
            [50, 70],
            [28, 60],
            [50, 50],
          ],
          7,
        ) +
        leaves;
      return style === 1
        ? whole
        : whole + polygon("50,50 98,26 98,66", "#eee3cf") + line("M50 50L8 40M50 50L44 6M50 50L30 90", "#a5642a", 1.5);
    },
  },
  apple: {
    names: [["apple", "apples"]],
    colours: ["red", "green", "yellow"],
    draw: ({ main, tint, style }) => {
      const body = shape(
        "M50 30Q64 18 80 26Q98 38 90 64Q80 96 62 94Q50 90 38 94Q20 96 10 64Q2 38 20 26Q36 18 50 30Z",
        main,
      );
      const stalk = line("M50 30Q50 14 58 6", "#5b3c22", 4);
      const leaf = shape("M54 18Q66 2 84 10Q74 26 54 18Z", "#3f9142");
      if (style === 1)
        return (
          body + bare(disc(92, 58, 13, "#fff7dc") + disc(86, 72, 10, "#fff7dc") + disc(88, 46, 8, "#fff7dc")) + stalk
        );
      return body + bare(oval(26, 46, 6, 12, tint)) + stalk + (style === 0 ? leaf : "");
    },
  },
  banana: {
    names: [["banana", "bananas"]],
    colours: [],
    natural: ["#f7d62e", "#eecf38"],
    draw: ({ main, shade, style }) => {
      const one = (turn: number): string =>
        turned(
          turn,
          76,
          16,
          shape("M72 12Q78 8 82 14Q94 80 20 90Q8 90 10 82Q66 66 72 12Z", main) +
            line("M78 22Q82 66 26 84", shade, 2.5) +
            bare(polygon("71,14 72,4 80,3 82,14", "#6b4a1e") + disc(13, 86, 4, "#6b4a1e")),
        );
      if (style === 1) return one(-24) + one(0);
      if (style === 2)
        return (
          shape("M4 40Q50 104 96 40L90 32Q50 70 10 32Z", main) +
          line("M10 40Q50 84 90 40", shade, 2.5) +
          bare(polygon("90,34 96,22 100,26 97,42", "#6b4a1e") + disc(7, 36, 4.5, "#6b4a1e"))
        );
      return one(0);
    },
  },
  "ice-cream": {
    names: [
      ["ice cream", "ice creams"],
      ["ice cream cone", "ice cream cones"],
    ],
    colours: ["pink", "white", "brown", "green"],
    draw: ({ main, tint, style }) => {
      const cone =
        polygon("28,48 72,48 50,98", "#d9a05a") +
        line("M36 52L58 82M50 50L64 68M64 52L42 82M50 50L36 68", "#b5793a", 1.5);
      if (style === 1) return cone + disc(38, 38, 17, tint) + disc(62, 38, 17, main) + disc(50, 18, 16, main);
      if (style === 2)
        return (
          box(46, 66, 8, 31, "#d9b070", 4) +
          shape("M26 70L26 26Q28 4 50 4Q72 4 74 26L74 70Q50 74 26 70Z", main) +
          line("M40 20v36M60 20v36", tint, 4)
        );
      return (
        cone +
        shape("M24 48Q22 14 50 12Q78 14 76 48Q66 56 60 49Q50 58 42 49Q32 56 24 48Z", main) +
        disc(50, 9, 7, "#d92336")
      );
    },
  },
} as const satisfies Record<string, ObjectKind>;
