import { bare, box, disc, line, oval, polygon, shape, turned } from "../shapes.ts";
import type { ObjectKind } from "./object-kind.ts";

const bright = ["red", "orange", "yellow", "green", "blue", "purple", "pink"] as const;

/** What one can carry. */
export const things = {
  book: {
    names: [["book", "books"]],
    colours: ["red", "green", "blue", "brown", "purple", "yellow", "black"],
    top: 24,
    draw: ({ main, shade, tint, style }) => {
      if (style === 0)
        return (
          shape("M2 26L50 34L98 26L98 86L50 94L2 86Z", main) +
          shape("M7 22Q32 14 50 28L50 88Q32 76 7 82Z", "#fffdf2") +
          shape("M93 22Q68 14 50 28L50 88Q68 76 93 82Z", "#f4efdf") +
          line(
            "M15 34q14 -4 27 3M15 46q14 -4 27 3M15 58q14 -4 27 3M58 37q14 -7 27 -3M58 49q14 -7 27 -3M58 61q14 -7 27 -3",
            "#999",
            2,
          )
        );
      if (style === 1)
        return (
          polygon("20,8 28,2 86,2 86,86 78,94", "#fffdf2") +
          box(18, 8, 62, 88, main, 3) +
          box(18, 8, 9, 88, shade, 2) +
          box(36, 24, 34, 16, tint, 2) +
          line("M40 54h26M40 62h18", tint, 3)
        );
      return (
        box(8, 46, 86, 24, main, 4) +
        box(14, 51, 80, 14, "#fffdf2") +
        box(4, 70, 90, 26, shade, 4) +
        box(4, 76, 84, 14, "#fffdf2") +
        box(12, 24, 76, 22, tint, 4) +
        box(20, 29, 68, 12, "#fffdf2")
      );
    },
  },
  ball: {
    names: [["ball", "balls"]],
    colours: ["red", "orange", "yellow", "green", "blue", "purple", "pink", "white"],
    draw: ({ main, tint, style }) => {
      const round = disc(50, 52, 44, main);
      if (style === 0)
        return (
          round +
          shape("M50 8Q20 52 50 96Q80 52 50 8Z", "#fff") +
          line("M8 40Q50 56 92 40", tint, 3) +
          disc(50, 10, 5, tint)
        );
      if (style === 1) return round + line("M6 52H94M50 8V96M20 20Q44 52 20 84M80 20Q56 52 80 84", "#2b2b2e", 3);
      return (
        round +
        polygon("50,36 66,47 60,66 40,66 34,47", "#2b2b2e") +
        line("M50 36V12M66 47L90 38M60 66L74 88M40 66L26 88M34 47L10 38", "#2b2b2e", 3)
      );
    },
  },
  umbrella: {
    names: [
      ["umbrella", "umbrellas"],
      ["parasol", "parasols"],
    ],
    colours: [...bright, "black"],
    shelter: [34, 54],
    draw: ({ main, shade, tint, style }) => {
      const pole = line("M50 12V84Q50 96 60 95Q68 94 67 85", "#5b3c22", 4);
      if (style === 0)
        return (
          pole +
          shape(
            "M2 52Q6 8 50 8Q94 8 98 52Q90 42 82 52Q74 42 66 52Q58 42 50 52Q42 42 34 52Q26 42 18 52Q10 42 2 52Z",
            main,
          ) +
          line("M50 8V48M50 8Q26 20 18 50M50 8Q74 20 82 50", shade, 2)
        );
      if (style === 1)
        return (
          line("M50 4V96", "#8a6b48", 4) +
          shape("M2 50Q10 6 50 6Q90 6 98 50Z", main) +
          shape("M22 50Q28 12 50 6Q38 20 38 50Z", "#fff") +
          shape("M78 50Q72 12 50 6Q62 20 62 50Z", "#fff")
        );
      return turned(
        -20,
        50,
        50,
        pole +
          shape("M4 54Q6 10 50 10Q94 10 96 54Q80 46 66 54Q50 44 34 54Q18 46 4 54Z", main) +
          shape("M34 54Q36 22 50 10Q64 22 66 54Q50 44 34 54Z", tint),
      );
    },
  },
  gift: {
    names: [
      ["gift", "gifts"],
      ["present", "presents"],
    ],
    colours: bright,
    top: 34,
    draw: ({ main, shade, style }) => {
      const ribbon = style === 1 ? "#ffffff" : "#f7d52a";
      const bow = shape("M50 32Q24 2 20 20Q20 32 50 32Z", ribbon) + shape("M50 32Q76 2 80 20Q80 32 50 32Z", ribbon);
      return (
        box(12, 46, 76, 49, main) +
        box(7, 33, 86, 16, style === 2 ? shade : main, 2) +
        box(44, 33, 12, 62, ribbon) +
        (style === 0 ? box(12, 66, 76, 9, ribbon) : "") +
        bow +
        disc(50, 31, 5, ribbon)
      );
    },
  },
  guitar: {
    names: [["guitar", "guitars"]],
    colours: ["red", "orange", "brown", "black", "blue"],
    draw: ({ main, shade, style }) => {
      const body =
        style === 1
          ? shape("M50 96Q16 96 22 72Q30 60 28 48L40 54L60 54L74 46Q70 60 78 72Q84 96 50 96Z", main)
          : disc(50, 52, 17, main) + oval(50, 76, 26, 20, main) + bare(oval(50, 62, 15, 12, main));
      return turned(
        [30, 30, -24][style] ?? 0,
        50,
        50,
        body +
          box(46, 4, 8, 52, "#5b3c22") +
          box(43, -4, 14, 12, shade, 2) +
          (style === 1 ? box(40, 62, 20, 5, "#eee") : disc(50, 60, 8, "#2b1d12")) +
          box(41, 80, 18, 4, "#2b1d12") +
          line("M48.5 8V80M51.5 8V80", "#ddd", 0.8),
      );
    },
  },
  key: {
    names: [["key", "keys"]],
    colours: [],
    natural: ["#e0b030", "#9aa0a6", "#b9803a"],
    draw: ({ main, style }) => {
      const teeth = style === 1 ? "M82 56v16M94 56v20" : "M74 56v14M84 56v20M94 56v14";
      const bow =
        style === 2
          ? `<rect x="4" y="30" width="40" height="40" rx="10" fill="none" stroke="${main}" stroke-width="11"/>`
          : `<circle cx="25" cy="50" r="19" fill="none" stroke="${main}" stroke-width="11"/>`;
      return turned(-18, 50, 50, box(44, 45, 55, 10, main, 2) + line(teeth, main, 7) + bow);
    },
  },
  hat: {
    names: [["hat", "hats"]],
    colours: ["red", "blue", "black", "brown", "green", "purple", "white"],
    draw: ({ main, shade, style }) => {
      if (style === 0) return box(24, 16, 52, 62, main, 3) + box(24, 60, 52, 12, shade) + oval(50, 80, 48, 9, main);
      if (style === 1)
        return (
          shape("M24 72Q22 24 42 26Q50 34 58 26Q78 24 76 72Z", main) +
          line("M25 66Q50 72 75 66", shade, 8) +
          shape("M0 74Q50 56 100 74Q96 90 50 88Q4 90 0 74Z", main)
        );
      return (
        polygon("50,2 84,88 16,88", main) +
        disc(50, 6, 8, shade) +
        line("M38 38L64 44M30 58L72 66M24 78L78 84", shade, 4)
      );
    },
  },
} as const satisfies Record<string, ObjectKind>;
