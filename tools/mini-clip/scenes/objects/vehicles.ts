import { bare, box, disc, line, oval, polygon, shape } from "../shapes.ts";
import type { ObjectKind } from "./object-kind.ts";

const glass = "#bfe0f2";
const wheel = (x: number, y: number, r: number): string => disc(x, y, r, "#2b2b2e") + disc(x, y, r * 0.5, "#c9ccd0");
const paints = ["red", "yellow", "green", "blue", "white", "black", "orange", "grey", "purple"] as const;

/** What drives on roads and rails. */
export const vehicles = {
  car: {
    names: [
      ["car", "cars"],
      ["automobile", "automobiles"],
    ],
    colours: [...paints, "pink"],
    top: 27,
    draw: ({ main, shade, style }) => {
      if (style === 0)
        return (
          shape("M22 54L34 30Q36 28 40 28L64 28Q68 28 71 32L82 54Z", main) +
          polygon("29,52 38,34 49,34 49,52", glass) +
          polygon("53,52 53,34 64,34 74,52", glass) +
          shape("M2 76L2 62Q3 54 12 53L84 53Q97 55 98 66L98 76Q98 79 94 79L6 79Q2 79 2 76Z", main) +
          line("M51 54v22", shade, 1.5) +
          oval(94, 63, 4, 4, "#ffef9c") +
          oval(5, 63, 3, 4, "#ff6a55") +
          wheel(24, 80, 13) +
          wheel(76, 80, 13)
        );
      if (style === 1)
        return (
          shape("M6 78Q4 54 24 50Q32 26 54 27Q76 29 80 52Q96 56 96 78Z", main) +
          shape("M31 50Q37 33 50 33L50 50Z", glass) +
          shape("M55 50L55 33Q70 34 73 50Z", glass) +
          line("M20 56h68", shade, 2) +
          disc(90, 64, 4.5, "#ffef9c") +
          box(2, 76, 96, 6, "#8a8f94", 3) +
          wheel(24, 81, 14) +
          wheel(76, 81, 14)
        );
      return (
        box(14, 78, 16, 18, "#2b2b2e", 4) +
        box(70, 78, 16, 18, "#2b2b2e", 4) +
        shape("M22 50L30 27Q31 25 35 25L65 25Q69 25 70 27L78 50Z", main) +
        polygon("29,49 35,31 65,31 71,49", glass) +
        box(8, 49, 84, 36, main, 9) +
        disc(21, 62, 8, "#ffef9c") +
        disc(79, 62, 8, "#ffef9c") +
        box(34, 58, 32, 10, "#303236", 3) +
        box(38, 73, 24, 7, "#f4f4ee", 1) +
        oval(12, 42, 6, 4, shade) +
        oval(88, 42, 6, 4, shade)
      );
    },
  },
  bus: {
    names: [["bus", "buses"]],
    colours: ["red", "yellow", "green", "blue", "orange", "white"],
    top: 18,
    draw: ({ main, shade, style }) => {
      const windows = (y: number, h: number): string => [6, 23, 40, 57].map((x) => box(x, y, 14, h, glass, 1)).join("");
      if (style === 0)
        return (
          box(1, 26, 98, 56, main, 7) +
          windows(33, 20) +
          box(75, 33, 18, 44, glass, 1) +
          line("M84 33v44", shade, 2) +
          line("M2 63h70", shade, 4) +
          wheel(22, 84, 11) +
          wheel(64, 84, 11)
        );
      if (style === 1)
        return (
          box(2, 4, 94, 80, main, 6) +
          windows(11, 20) +
          box(74, 11, 20, 20, glass, 1) +
          box(2, 36, 94, 5, "#fff6dd") +
          windows(46, 20) +
          box(74, 46, 20, 30, glass, 1) +
          wheel(22, 85, 11) +
          wheel(68, 85, 11)
        );
      return (
        box(14, 80, 16, 16, "#2b2b2e", 4) +
        box(70, 80, 16, 16, "#2b2b2e", 4) +
        box(8, 6, 84, 80, main, 9) +
        box(24, 10, 52, 9, "#222", 2) +
        line("M32 14.5h34", "#ffb84a", 3) +
        box(14, 24, 34, 32, glass, 3) +
        box(52, 24, 34, 32, glass, 3) +
        oval(3, 36, 4, 8, shade) +
        oval(97, 36, 4, 8, shade) +
        disc(20, 70, 6, "#ffef9c") +
        disc(80, 70, 6, "#ffef9c") +
        box(36, 66, 28, 9, shade, 2)
      );
    },
  },
  truck: {
    names: [
      ["truck", "trucks"],
      ["lorry", "lorries"],
    ],
    colours: paints,
    draw: ({ main, shade, tint, style }) => {
      const cab =
        shape("M66 44L84 44Q90 46 95 60L98 64L98 80L66 80Z", main) + polygon("72,50 83,50 90,62 72,62", glass);
      const load = [
        box(2, 22, 62, 58, main, 2) + line("M14 24v54M27 24v54M40 24v54M53 24v54", shade, 2),
        polygon("2,46 64,46 58,80 8,80", main) + shape("M5 46Q20 22 34 32Q48 20 62 46Z", "#8a6b48"),
        oval(33, 52, 31, 22, tint) + line("M12 38v28M33 31v42M54 38v28", shade, 3) + box(2, 72, 66, 8, main),
      ][style];
      return load + cab + box(2, 78, 96, 6, "#4a4d52") + wheel(18, 85, 11) + wheel(42, 85, 11) + wheel(82, 85, 11);
    },
  },
  train: {
    names: [
      ["train", "trains"],
      ["railway train", "railway trains"],
    ],
    colours: ["red", "green", "blue", "black", "yellow"],
    draw: ({ main, shade, tint, style }) => {
      const rails = line("M0 96h100", "#6b5b4a", 3) + line("M6 98h88", "#6b5b4a", 2);
      if (style === 0)
        return (
          rails +
          bare(disc(82, 6, 6, "#dfe3e6") + disc(70, 2, 8, "#dfe3e6") + disc(56, 4, 6, "#dfe3e6")) +
          box(74, 16, 10, 26, shade) +
          box(70, 12, 18, 6, shade, 2) +
          box(34, 38, 58, 32, main, 10) +
          box(52, 30, 12, 9, tint, 4) +
          box(6, 20, 34, 54, main, 2) +
          box(2, 14, 42, 8, shade, 2) +
          box(13, 28, 20, 18, glass, 2) +
          polygon("86,70 99,90 86,90", "#3b3d42") +
          box(6, 70, 82, 10, "#3b3d42") +
          wheel(20, 82, 13) +
          wheel(48, 85, 10) +
          wheel(72, 85, 10)
        );
      if (style === 1)
        return (
          rails +
          shape("M0 44L58 44Q86 46 98 76Q98 86 90 88L0 88Z", main) +
          [4, 20, 36].map((x) => box(x, 52, 12, 12, glass, 2)).join("") +
          shape("M56 51Q72 52 82 64L56 64Z", glass) +
          box(0, 70, 92, 6, "#f6f4ee") +
          line("M40 44L50 32L60 44", "#555", 2.5) +
          line("M0 31h100", "#555", 1.5)
        );
      return (
        line("M34 78L12 98M66 78L88 98M24 92h52", "#6b5b4a", 4) +
        shape("M22 84L22 26Q24 6 50 6Q76 6 78 26L78 84Q50 92 22 84Z", main) +
        shape("M30 44L32 24Q50 16 68 24L70 44Z", glass) +
        line("M50 20v24", shade, 3) +
        box(22, 52, 56, 8, "#f6f4ee") +
        disc(33, 70, 6, "#ffef9c") +
        disc(67, 70, 6, "#ffef9c") +
        box(40, 76, 20, 8, "#3b3d42", 2)
      );
    },
  },
  bicycle: {
    names: [
      ["bicycle", "bicycles"],
      ["bike", "bikes"],
      ["push bike", "push bikes"],
    ],
    colours: ["red", "green", "blue", "black", "yellow", "orange"],
    draw: ({ main, style }) => {
      const tyre = (x: number): string =>
        `<circle cx="${x}" cy="73" r="21" fill="none" stroke="#2b2b2e" stroke-width="4"/>` +
        line(`M${x - 20} 73h40M${x} 53v40M${x - 14} 59l28 28M${x - 14} 87l28 -28`, "#9a9da2", 0.8);
      const frame = [
        "M23 73L38 42L68 42L48 73ZM38 42L48 73M23 73h25M68 42L77 73",
        "M23 73L37 46M37 46L48 73L70 40M23 73h25M68 36L77 73",
        "M23 73L38 44L48 73ZM48 73Q62 72 70 40L77 73",
      ][style];
      return (
        tyre(23) +
        tyre(77) +
        line(frame ?? "", main, 5) +
        line("M68 42L65 27", main, 4) +
        line(style === 1 ? "M65 27q14 -4 12 8q-2 6 -9 4" : "M58 25L74 27", "#2b2b2e", 4) +
        line("M38 44L35 34", "#555", 3) +
        oval(34, 33, 10, 3.5, "#2b2b2e") +
        disc(48, 73, 5, "#777") +
        (style === 2 ? shape("M70 30h18l-3 12h-12Z", "#c79a5a") : "")
      );
    },
  },
} as const satisfies Record<string, ObjectKind>;
