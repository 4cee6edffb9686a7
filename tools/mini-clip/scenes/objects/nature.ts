import { bare, box, disc, line, oval, polygon, shape, turned } from "../shapes.ts";
import { mix } from "../ink.ts";
import type { ObjectKind } from "./object-kind.ts";

const bark = "#7a5230";

/** Plants, and what they grow on. */
export const nature = {
  tree: {
    names: [["tree", "trees"]],
    colours: [],
    natural: ["#3b8f3e", "#5aa53a", "#2f7a3c", "#d08a2a"],
    outdoors: true,
    shelter: [74, 60],
    draw: ({ main, shade, tint, style }) => {
      if (style === 1)
        return (
          box(45, 78, 10, 18, bark) +
          polygon("50,42 12,82 88,82", shade) +
          polygon("50,22 20,60 80,60", main) +
          polygon("50,2 28,36 72,36", tint)
        );
      if (style === 2)
        return (
          box(45, 58, 10, 38, bark) + oval(50, 38, 24, 36, main) + line("M50 74V40M50 58L60 46M50 50L41 40", bark, 3)
        );
      return (
        shape("M43 96L46 56L54 56L57 96Z", bark) +
        disc(28, 46, 20, main) +
        disc(72, 46, 20, main) +
        disc(40, 26, 21, main) +
        disc(61, 26, 21, main) +
        bare(disc(50, 42, 22, main) + disc(40, 26, 8, tint) + disc(68, 44, 7, shade))
      );
    },
  },
  palm: {
    names: [
      ["palm", "palms"],
      ["palm tree", "palm trees"],
    ],
    colours: [],
    natural: ["#3b9a48", "#5ba838"],
    outdoors: true,
    shelter: [24, 52],
    draw: ({ main, shade, style }) => {
      const top = [56, 50, 40][style] ?? 50;
      const leaf = (angle: number): string =>
        turned(
          angle,
          top,
          30,
          shape(`M${top} 30Q${top + 22} 8 ${top + 44} 34Q${top + 22} 22 ${top} 30Z`, angle % 2 ? shade : main),
        );
      return (
        line(`M${top - 8} 95Q${top - 12} 60 ${top} 30`, bark, 8) +
        line(`M${top - 12} 84h8M${top - 12} 72h8M${top - 10} 60h8M${top - 7} 48h8`, "#5b3c22", 1.5) +
        [-15, 21, 48, 165, 199, 228, -82].map(leaf).join("") +
        (style === 1 ? "" : disc(top - 4, 35, 4.5, "#6b4423") + disc(top + 5, 36, 4.5, "#6b4423"))
      );
    },
  },
  flower: {
    names: [
      ["flower", "flowers"],
      ["blossom", "blossoms"],
    ],
    colours: ["red", "orange", "yellow", "blue", "purple", "pink", "white"],
    draw: ({ main, shade, style }) => {
      const green = "#3f9142";
      const stem =
        line("M50 50V95", green, 4) +
        shape("M50 84Q30 84 24 66Q46 66 50 84Z", green) +
        shape("M50 76Q70 76 76 58Q54 58 50 76Z", green);
      if (style === 1)
        return (
          stem +
          shape("M28 14Q36 20 40 28Q44 12 50 8Q56 12 60 28Q64 20 72 14Q78 54 50 56Q22 54 28 14Z", main) +
          line("M40 28Q40 44 50 54M60 28Q60 44 50 54", shade, 2)
        );
      const petals = style === 0 ? [0, 60, 120, 180, 240, 300] : [0, 36, 72, 108, 144, 180, 216, 252, 288, 324];
      return (
        stem +
        petals.map((angle) => turned(angle, 50, 32, oval(50, 14, style === 0 ? 11 : 6, 13, main))).join("") +
        disc(50, 32, 9, style === 0 ? mix(main, "#f5c518", 0.85) : "#6b4423")
      );
    },
  },
  cactus: {
    names: [["cactus", "cactuses"]],
    colours: [],
    natural: ["#4f9a4a", "#3c8550"],
    draw: ({ main, shade, style }) => {
      const pot = polygon("32,76 68,76 63,96 37,96", "#b8623a") + box(29, 70, 42, 8, "#b8623a", 2);
      if (style === 1)
        return (
          disc(50, 48, 27, main) +
          line("M50 22v52M37 26Q26 48 38 72M63 26Q74 48 62 72", shade, 2.5) +
          disc(50, 20, 6, "#ee6fa0") +
          pot
        );
      const arms =
        box(14, 34, 13, 26, main, 6) +
        box(14, 50, 30, 12, main, 6) +
        box(73, 24, 13, 26, main, 6) +
        box(56, 40, 30, 12, main, 6);
      return (
        arms +
        box(39, 4, 22, style === 2 ? 70 : 92, main, 11) +
        line("M46 14v54M54 14v54", shade, 2) +
        (style === 2 ? pot : "")
      );
    },
  },
  mushroom: {
    names: [
      ["mushroom", "mushrooms"],
      ["toadstool", "toadstools"],
    ],
    colours: ["red", "brown", "white"],
    draw: ({ main, tint, style }) => {
      const cap = [
        "M4 54Q8 10 50 10Q92 10 96 54Q50 64 4 54Z",
        "M20 58Q18 4 50 4Q82 4 80 58Q50 66 20 58Z",
        "M2 50Q20 26 50 24Q80 26 98 50Q50 60 2 50Z",
      ][style];
      const dots = style === 1 ? tint : "#fffdf6";
      return (
        shape("M40 50L36 92Q50 99 64 92L60 50Z", "#f4ead6") +
        shape(cap ?? "", main) +
        bare(
          oval(34, 34, 7, 6, dots) +
            oval(60, 26 + style * 4, 8, 6, dots) +
            oval(72, 44, 6, 5, dots) +
            oval(46, 48, 5, 4, dots),
        )
      );
    },
  },
  mountain: {
    names: [
      ["mountain", "mountains"],
      ["peak", "peaks"],
    ],
    colours: [],
    natural: ["#7d7f8c", "#8a7664", "#63718a"],
    outdoors: true,
    draw: ({ main, shade, style }) => {
      const cap = "#fbfdff";
      if (style === 0)
        return (
          polygon("0,96 48,8 100,96", main) +
          polygon("48,8 100,96 58,96 52,50", shade) +
          polygon("48,8 33,36 42,32 49,40 56,31 66,39", cap)
        );
      if (style === 1)
        return (
          polygon("38,96 70,22 100,96", shade) +
          polygon("70,22 61,43 68,39 74,45 80,42", cap) +
          polygon("0,96 34,12 72,96", main) +
          polygon("34,12 22,42 31,36 37,44 46,38", cap)
        );
      return (
        shape("M0 96Q18 82 30 50L38 40Q44 30 52 30L62 34Q70 66 100 96Z", main) +
        shape("M36 43L42 34Q48 28 56 31L62 34L58 42L52 37L46 46L42 40Z", "#e8562a") +
        bare(disc(50, 20, 9, "#b9bcc2") + disc(60, 12, 10, "#c9ccd2"))
      );
    },
  },
  road: {
    names: [
      ["road", "roads"],
      ["highway", "highways"],
    ],
    colours: [],
    natural: ["#55585e", "#6a6c70"],
    outdoors: true,
    draw: ({ main, style }) => {
      if (style === 0)
        return polygon("44,6 56,6 100,96 0,96", main) + line("M50 10v6M50 24v10M50 44v14M50 72v18", "#fff", 3);
      if (style === 1)
        return (
          shape("M10 96Q-10 62 40 50Q74 40 54 6L64 6Q104 46 62 60Q40 72 66 96Z", main) +
          line("M36 92Q18 70 48 58M66 48Q80 34 62 12", "#fff", 2.5)
        );
      return (
        polygon("44,6 56,6 100,96 0,96", main) +
        line("M46 8L10 92M54 8L90 92", "#fff", 2.5) +
        line("M50 10v6M50 24v10M50 44v14M50 72v18", "#ffd23c", 3.5)
      );
    },
  },
} as const satisfies Record<string, ObjectKind>;
