import { bare, box, disc, line, oval, polygon, shape } from "../shapes.ts";
import type { ObjectKind } from "./object-kind.ts";

const glass = "#bfe0f2";

/** What sails and flies. */
export const craft = {
  boat: {
    names: [
      ["boat", "boats"],
      ["sailing boat", "sailing boats"],
      ["ship", "ships"],
    ],
    colours: ["red", "blue", "white", "brown", "green", "yellow"],
    hollow: [50, 74, 44],
    front: "M4 66L96 66Q90 92 76 94L24 94Q10 92 4 66Z",
    draw: ({ main, shade, tint, style }) => {
      const waves = line("M0 95q8 -6 16 0q8 6 16 0q8 -6 16 0q8 6 16 0q8 -6 16 0q8 6 18 0", "#4a90c8", 3);
      if (style === 1)
        return (
          box(52, 14, 14, 30, shade) +
          box(52, 18, 14, 6, "#fff") +
          bare(disc(48, 10, 6, "#cfd3d6") + disc(38, 7, 7, "#cfd3d6")) +
          box(24, 40, 54, 22, "#f4f1ea", 2) +
          disc(36, 51, 5, glass) +
          disc(52, 51, 5, glass) +
          disc(68, 51, 5, glass) +
          shape("M2 60L98 60Q92 90 82 92L18 92Q8 86 2 60Z", main) +
          waves
        );
      return (
        line("M48 4v66", "#6b4526", 4) +
        shape("M51 8Q86 36 84 62L51 62Z", style === 0 ? "#fdfaf0" : tint) +
        shape("M45 14Q22 44 16 62L45 62Z", style === 0 ? "#eee6d2" : "#fdfaf0") +
        shape("M4 68L96 68Q88 92 76 93L24 93Q12 90 4 68Z", main) +
        line("M8 75h84", shade, 3) +
        waves
      );
    },
  },
  plane: {
    names: [
      ["plane", "planes"],
      ["airplane", "airplanes"],
      ["aeroplane", "aeroplanes"],
      ["aircraft", "aircraft"],
    ],
    colours: ["white", "red", "blue", "yellow", "grey", "green"],
    draw: ({ main, shade, tint, style }) => {
      if (style === 0)
        return (
          polygon("46,44 30,14 40,14 64,44", shade) +
          polygon("8,46 2,18 14,18 26,42", main) +
          shape("M4 46Q6 40 16 40L80 40Q98 44 99 52Q96 60 80 60L30 60Q10 58 4 46Z", main) +
          polygon("40,54 18,88 30,88 66,54", tint) +
          shape("M84 44Q92 46 95 51L84 51Z", glass) +
          [30, 40, 50, 60, 70].map((x) => disc(x, 48, 2.6, glass)).join("")
        );
      if (style === 1)
        return (
          polygon("44,40 2,60 2,70 44,60", shade) +
          polygon("56,40 98,60 98,70 56,60", shade) +
          polygon("45,80 26,92 26,98 50,93 74,98 74,92 55,80", shade) +
          shape("M43 20Q50 -10 57 20L56 90Q50 98 44 90Z", main) +
          shape("M45 14Q50 4 55 14L54 19L46 19Z", glass)
        );
      return (
        line("M40 30L40 66M62 30L62 66", "#555", 3) +
        shape("M4 44Q6 36 16 40L82 38Q92 40 92 54Q90 66 78 66L34 64Q10 60 4 44Z", main) +
        polygon("6,44 0,20 14,22 22,42", shade) +
        box(26, 24, 50, 8, tint, 4) +
        box(26, 60, 50, 8, shade, 4) +
        shape("M48 39Q54 28 64 38Z", glass) +
        oval(95, 52, 3, 22, "#8b8f94") +
        line("M46 68L46 80M66 68L66 80", "#555", 3) +
        disc(46, 82, 6, "#2b2b2e") +
        disc(66, 82, 6, "#2b2b2e")
      );
    },
  },
  rocket: {
    names: [
      ["rocket", "rockets"],
      ["spaceship", "spaceships"],
    ],
    colours: ["red", "white", "blue", "grey", "yellow"],
    draw: ({ main, shade, style }) => {
      const fins = style === 2 ? "30,88 40,50 40,84" : "18,86 36,50 38,80";
      const mirrored = style === 2 ? "70,88 60,50 60,84" : "82,86 64,50 62,80";
      return (
        bare(shape("M38 80Q50 112 62 80Z", "#f59a1b") + shape("M44 80Q50 98 56 80Z", "#ffe46b")) +
        polygon(fins, shade) +
        polygon(mirrored, shade) +
        shape("M50 2Q76 30 64 80L36 80Q24 30 50 2Z", main) +
        shape("M50 2Q60 10 64 24L36 24Q40 10 50 2Z", shade) +
        disc(50, 40, 9, glass) +
        (style === 1 ? disc(50, 62, 6, glass) : line("M38 68h24", shade, 4))
      );
    },
  },
  helicopter: {
    names: [
      ["helicopter", "helicopters"],
      ["chopper", "choppers"],
    ],
    colours: ["red", "blue", "yellow", "green", "white", "black"],
    draw: ({ main, shade, style }) => {
      const body = [
        shape("M40 50Q46 34 66 34Q94 36 96 60Q94 76 70 76L54 76Q42 74 40 50Z", main),
        disc(68, 55, 25, main),
        shape("M36 48L60 34L84 36L98 62L88 76L50 76Z", main),
      ][style];
      return (
        polygon("48,50 8,42 6,48 48,64", shade) +
        polygon("12,48 2,26 12,26 18,44", main) +
        disc(7, 36, 7, "#c9ccd0") +
        body +
        shape("M70 41Q88 44 90 58L70 58Z", glass) +
        box(65, 22, 5, 13, "#4a4d52") +
        oval(67, 21, 33, 3, "#4a4d52") +
        line("M56 76L54 88M80 76L82 88M42 90Q70 93 94 88", "#4a4d52", 3.5)
      );
    },
  },
} as const satisfies Record<string, ObjectKind>;
