import { bare, disc, eye, line, oval, polygon, shape } from "../shapes.ts";
import type { ObjectKind } from "./object-kind.ts";

const dark = "#2a2522";
const whiskers = (x: number, y: number, w: number): string =>
  line(`M${x - 5} ${y}l-${w} -3M${x - 5} ${y + 3}l-${w} 2M${x + 5} ${y}l${w} -3M${x + 5} ${y + 3}l${w} 2`, "#777", 1.2);
const muzzle = (x: number, y: number): string =>
  bare(polygon(`${x - 3},${y} ${x + 3},${y} ${x},${y + 4}`, "#e0707f")) +
  line(`M${x} ${y + 4}q-3 5 -7 3M${x} ${y + 4}q3 5 7 3`, dark, 1.5);
const legs = (xs: readonly number[], y: number, colour: string, width: number): string =>
  xs
    .map((x) => `<rect x="${x - width / 2}" y="${y}" width="${width}" height="${96 - y}" rx="2" fill="${colour}"/>`)
    .join("");

/** Cats, dogs and other beasts. */
export const animals = {
  cat: {
    names: [["cat", "cats"]],
    colours: ["black", "white", "grey", "orange", "brown"],
    draw: ({ main, shade, tint, style, random }) => {
      const stripes = random.chance(0.5) ? line("M44 17v8M50 15v9M56 17v8", shade, 3) : "";
      if (style === 0)
        return (
          line("M66 88Q96 88 88 60Q84 46 78 54", shade, 7) +
          oval(50, 72, 21, 25, main) +
          oval(50, 76, 10, 16, tint) +
          oval(40, 93, 8, 4.5, main) +
          oval(60, 93, 8, 4.5, main) +
          polygon("32,30 30,4 47,18", main) +
          polygon("68,30 70,4 53,18", main) +
          oval(50, 32, 21, 18, main) +
          stripes +
          eye(42, 30, 3.5) +
          eye(58, 30, 3.5) +
          muzzle(50, 37) +
          whiskers(50, 39, 18)
        );
      if (style === 1)
        return (
          line("M18 58Q2 50 8 26Q11 16 17 24", main, 6) +
          legs([26, 34, 58, 66], 64, shade, 7) +
          oval(45, 60, 31, 14, main) +
          line("M36 48v12M44 47v12M52 48v12", shade, 3) +
          polygon("66,38 65,18 78,30", main) +
          polygon("90,38 92,18 80,30", main) +
          oval(78, 43, 16, 14, main) +
          eye(74, 41, 2.7) +
          eye(84, 41, 2.7) +
          muzzle(80, 46) +
          whiskers(80, 48, 12)
        );
      return (
        polygon("14,50 10,6 42,24", main) +
        polygon("86,50 90,6 58,24", main) +
        polygon("19,36 17,16 32,25", "#eda5ad") +
        polygon("81,36 83,16 68,25", "#eda5ad") +
        oval(50, 56, 40, 36, main) +
        line("M42 24v12M50 22v13M58 24v12", shade, 4) +
        oval(34, 50, 7, 8, "#9fd04a") +
        oval(66, 50, 7, 8, "#9fd04a") +
        bare(oval(34, 50, 2.5, 7, dark) + oval(66, 50, 2.5, 7, dark)) +
        muzzle(50, 63) +
        whiskers(50, 67, 34)
      );
    },
  },
  kitten: {
    names: [
      ["kitten", "kittens"],
      ["baby cat", "baby cats"],
      ["kitty", "kitties"],
    ],
    colours: ["black", "white", "grey", "orange", "brown"],
    draw: ({ main, shade, tint, style }) => {
      const face = (x: number, y: number): string =>
        polygon(`${x - 25},${y - 8} ${x - 24},${y - 30} ${x - 6},${y - 22}`, main) +
        polygon(`${x + 25},${y - 8} ${x + 24},${y - 30} ${x + 6},${y - 22}`, main) +
        oval(x, y, 28, 24, main) +
        disc(x - 11, y + 1, 7.5, "#bfe3f2") +
        disc(x + 11, y + 1, 7.5, "#bfe3f2") +
        eye(x - 11, y + 1, 5.5) +
        eye(x + 11, y + 1, 5.5) +
        bare(oval(x, y + 11, 2.6, 2, "#e0707f")) +
        line(`M${x} ${y + 13}q-3 4 -6 2M${x} ${y + 13}q3 4 6 2`, dark, 1.4);
      if (style === 0)
        return (
          line("M62 90Q80 92 80 78", shade, 6) +
          oval(50, 80, 16, 16, main) +
          oval(50, 84, 8, 10, tint) +
          oval(41, 94, 6, 3, main) +
          oval(59, 94, 6, 3, main) +
          face(50, 44)
        );
      if (style === 1)
        return (
          line("M14 78Q2 70 8 60", shade, 6) +
          oval(36, 80, 28, 15, main) +
          oval(20, 93, 8, 3.5, main) +
          oval(70, 92, 9, 4, main) +
          face(66, 62)
        );
      return (
        line("M18 62Q8 54 14 40", shade, 6) +
        legs([22, 32, 54, 64], 74, shade, 8) +
        oval(42, 72, 26, 14, main) +
        line("M34 60v9M42 59v9", shade, 3) +
        face(66, 48)
      );
    },
  },
  dog: {
    names: [
      ["dog", "dogs"],
      ["doggy", "doggies"],
    ],
    colours: ["brown", "black", "white", "grey"],
    draw: ({ main, shade, tint, style, random }) => {
      const spot = random.chance(0.5) ? bare(oval(38, 52, 10, 7, shade)) : "";
      if (style === 0)
        return (
          line("M16 48Q6 40 8 26", main, 6) +
          legs([20, 30, 58, 67], 58, main, 8) +
          oval(43, 54, 31, 13, main) +
          spot +
          shape("M60 56L66 30L84 32L76 58Z", main) +
          shape("M64 20Q76 12 86 22L99 28Q100 38 88 39Q72 42 64 34Z", main) +
          oval(65, 32, 6, 13, shade) +
          eye(79, 25, 2.6) +
          bare(disc(97, 29, 3.4, dark)) +
          line("M64 46L76 48", "#c62828", 4)
        );
      if (style === 1)
        return (
          line("M26 88Q8 88 10 68", main, 6) +
          shape("M34 46Q22 70 26 94L62 94L68 50Z", main) +
          post(54, 62, 10, main) +
          post(42, 66, 9, main) +
          oval(42, 90, 15, 6, main) +
          oval(54, 30, 20, 18, main) +
          oval(72, 38, 15, 10, tint) +
          bare(disc(85, 33, 4, dark)) +
          shape("M66 46Q67 62 74 58Q77 52 74 46Z", "#ee6e7f") +
          eye(61, 26, 3.2) +
          oval(38, 36, 8, 17, shade)
        );
      return (
        oval(50, 50, 33, 36, main) +
        oval(50, 66, 22, 20, tint) +
        shape("M44 78Q44 98 50 98Q57 98 56 78Z", "#ee6e7f") +
        bare(oval(50, 57, 8, 6, dark)) +
        line("M50 62v9Q42 80 34 74M50 71Q58 80 66 74", dark, 2) +
        eye(37, 42, 4.5) +
        eye(63, 42, 4.5) +
        oval(17, 46, 11, 28, shade) +
        oval(83, 46, 11, 28, shade)
      );
    },
  },
  rabbit: {
    names: [
      ["rabbit", "rabbits"],
      ["bunny", "bunnies"],
    ],
    colours: ["white", "brown", "grey"],
    draw: ({ main, shade, tint, style }) => {
      if (style === 1)
        return (
          disc(13, 72, 8, tint) +
          oval(40, 72, 28, 22, main) +
          oval(34, 90, 17, 6, main) +
          oval(66, 91, 10, 5, main) +
          oval(62, 24, 6, 22, main) +
          oval(73, 25, 6, 21, shade) +
          oval(72, 54, 17, 15, main) +
          eye(77, 50, 3) +
          bare(disc(88, 56, 2.6, "#e0707f"))
        );
      const tall = style === 0 ? 0 : 4;
      return (
        oval(39, 22 + tall, 8, 21, main) +
        oval(61, 22 + tall, 8, 21, main) +
        bare(oval(39, 23 + tall, 4, 15, "#f1b3ba") + oval(61, 23 + tall, 4, 15, "#f1b3ba")) +
        (style === 0 ? oval(50, 80, 21, 17, main) + oval(50, 84, 11, 11, tint) : "") +
        (style === 0 ? oval(38, 94, 10, 4, main) + oval(62, 94, 10, 4, main) : "") +
        (style === 0 ? oval(50, 52, 20, 17, main) : oval(50, 66, 32, 28, main)) +
        eye(style === 0 ? 42 : 37, style === 0 ? 49 : 61, 3.6) +
        eye(style === 0 ? 58 : 63, style === 0 ? 49 : 61, 3.6) +
        muzzle(50, style === 0 ? 55 : 70) +
        post(46.5, style === 0 ? 62 : 80, 7, "#fff", style === 0 ? 5 : 8)
      );
    },
  },
} as const satisfies Record<string, ObjectKind>;

function post(x: number, y: number, width: number, fill: string, height = 96 - y): string {
  return `<rect x="${x}" y="${y}" width="${width}" height="${height}" rx="2" fill="${fill}"/>`;
}
