import { bare, box, disc, line, oval, polygon, shape } from "../shapes.ts";
import type { ObjectKind } from "./object-kind.ts";

/** What stands in rooms. */
export const furniture = {
  table: {
    names: [
      ["table", "tables"],
      ["desk", "desks"],
    ],
    colours: ["brown", "white", "black", "red", "blue", "green"],
    top: 40,
    shelter: [50, 52],
    draw: ({ main, shade, style }) => {
      if (style === 0) return box(8, 48, 7, 48, shade) + box(85, 48, 7, 48, shade) + box(1, 40, 98, 10, main, 2);
      if (style === 1)
        return (
          line("M16 50L8 94M84 50L92 94M24 50L26 84M76 50L74 84", shade, 6) +
          polygon("14,38 86,38 99,50 1,50", main) +
          box(1, 49, 98, 4, shade)
        );
      return line("M12 48L6 94M88 48L94 94M12 50Q50 62 88 50", shade, 5) + oval(50, 43, 49, 7, main);
    },
  },
  chair: {
    names: [
      ["chair", "chairs"],
      ["seat", "seats"],
    ],
    colours: ["brown", "red", "blue", "green", "yellow", "white", "black"],
    top: 56,
    shelter: [50, 68],
    draw: ({ main, shade, style }) => {
      if (style === 0)
        return (
          box(20, 4, 8, 92, main, 2) +
          box(72, 58, 8, 38, main) +
          box(20, 56, 60, 9, main, 2) +
          box(22, 10, 10, 40, shade, 3)
        );
      if (style === 1)
        return (
          box(20, 58, 8, 38, shade) +
          box(72, 58, 8, 38, shade) +
          box(20, 4, 60, 50, main, 8) +
          line("M36 10v38M50 10v38M64 10v38", shade, 4) +
          polygon("18,52 82,52 90,62 10,62", main)
        );
      return (
        box(12, 84, 8, 12, "#4b3322") +
        box(80, 84, 8, 12, "#4b3322") +
        box(20, 8, 60, 60, main, 14) +
        box(18, 58, 64, 28, shade, 6) +
        box(4, 42, 18, 46, main, 9) +
        box(78, 42, 18, 46, main, 9)
      );
    },
  },
  lamp: {
    names: [
      ["lamp", "lamps"],
      ["table lamp", "table lamps"],
    ],
    colours: ["red", "yellow", "green", "blue", "white", "orange"],
    draw: ({ main, shade, style }) => {
      if (style === 0)
        return (
          bare(polygon("26,48 74,48 88,92 12,92", "#ffef9c").replace("/>", ' fill-opacity="0.35"/>')) +
          box(46, 48, 8, 42, "#6a6d72") +
          oval(50, 92, 24, 5, "#6a6d72") +
          polygon("34,6 66,6 84,50 16,50", main)
        );
      if (style === 1)
        return (
          line("M38 90L24 54L56 26", "#6a6d72", 6) +
          oval(40, 92, 28, 5, "#6a6d72") +
          disc(24, 54, 5, shade) +
          shape("M48 18L64 10Q88 22 90 48L52 42Z", main) +
          bare(oval(72, 47, 9, 6, "#ffef9c"))
        );
      return (
        line("M50 36V88", "#3c3f44", 5) +
        box(36, 88, 28, 8, "#3c3f44", 2) +
        shape("M20 40Q22 4 50 4Q78 4 80 40Q50 48 20 40Z", main) +
        disc(50, 48, 8, "#ffef9c")
      );
    },
  },
  clock: {
    names: [["clock", "clocks"]],
    colours: ["red", "blue", "white", "black", "brown", "yellow", "green"],
    draw: ({ main, shade, style, random }) => {
      const hour = Math.floor(random.between(0, 12)) * 30;
      const face = (x: number, y: number, r: number): string =>
        disc(x, y, r, "#fffdf4") +
        `<g stroke="#222" stroke-width="2">${[0, 90, 180, 270].map((a) => `<path d="M${x} ${y - r + 2}v${r * 0.18}" transform="rotate(${a} ${x} ${y})"/>`).join("")}</g>` +
        `<g transform="rotate(${hour} ${x} ${y})">${line(`M${x} ${y}V${y - r * 0.5}`, "#222", 4)}</g>` +
        line(`M${x} ${y}L${x + r * 0.5} ${y - r * 0.5}`, "#222", 2.5);
      if (style === 0) return disc(50, 50, 47, main) + face(50, 50, 37);
      if (style === 1)
        return (
          line("M26 82L18 95M74 82L82 95", shade, 6) +
          disc(24, 18, 14, shade) +
          disc(76, 18, 14, shade) +
          disc(50, 54, 38, main) +
          face(50, 54, 29)
        );
      return (
        polygon("22,30 50,4 78,30", shade) +
        box(26, 28, 48, 66, main, 3) +
        face(50, 48, 19) +
        line("M50 68V82", "#e0b030", 3) +
        disc(50, 84, 6, "#e0b030")
      );
    },
  },
  box: {
    names: [
      ["box", "boxes"],
      ["cardboard box", "cardboard boxes"],
    ],
    colours: [],
    natural: ["#c79a64", "#b5875a"],
    top: 36,
    hollow: [50, 58, 56],
    front: "M12 50L88 50L88 95L12 95Z",
    draw: ({ main, shade, tint, style }) => {
      if (style === 1)
        return (
          polygon("10,46 50,30 90,46 50,62", tint) +
          polygon("10,46 50,62 50,98 10,80", main) +
          polygon("90,46 50,62 50,98 90,80", shade) +
          line("M30 38L70 54V70", "#efe0c0", 5)
        );
      const flaps =
        style === 0
          ? polygon("12,50 88,50 78,38 22,38", "#5a4028") +
            polygon("12,50 22,38 6,28 0,42", tint) +
            polygon("88,50 78,38 94,28 100,42", tint)
          : polygon("12,50 88,50 80,36 20,36", tint);
      return flaps + box(12, 50, 76, 45, main) + line("M50 51V94", shade, 6);
    },
  },
  basket: {
    names: [["basket", "baskets"]],
    colours: [],
    natural: ["#b98545", "#a3703a"],
    hollow: [50, 58, 54],
    front: "M6 50L94 50L84 95L16 95Z",
    draw: ({ main, shade, style }) => {
      const handle = style === 2 ? "" : line("M12 50Q14 4 50 4Q86 4 88 50", shade, 6);
      return (
        handle +
        oval(50, 50, 44, 7, "#4b3018") +
        shape("M6 50L94 50L84 95L16 95Z", main) +
        line("M9 60h82M11 72h78M14 84h72", shade, 3) +
        line(
          style === 1 ? "M26 52l4 42M50 52v42M74 52l-4 42" : "M20 52l6 42M38 52l2 42M62 52l-2 42M80 52l-6 42",
          shade,
          2,
        ) +
        box(3, 46, 94, 8, main, 4)
      );
    },
  },
} as const satisfies Record<string, ObjectKind>;
