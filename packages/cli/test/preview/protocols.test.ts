import { decode } from "sixel";
import { expect, test } from "vitest";
import { blockLines } from "../../src/preview/block-lines.ts";
import { itermPicture } from "../../src/preview/iterm-picture.ts";
import { kittyPicture, kittyPlaceholders, kittyRemoval } from "../../src/preview/kitty-picture.ts";
import { passedThrough } from "../../src/preview/multiplexer.ts";
import { sixelPicture } from "../../src/preview/sixel-picture.ts";

const esc = "\u001b";
const [red, green, blue, white] = [
  [255, 0, 0],
  [0, 255, 0],
  [0, 0, 255],
  [255, 255, 255],
] as const;
/** 2 x 2 pixels: red, green above blue, white. */
const pixels = Uint8Array.from([red, green, blue, white].flat());

test("kitty: a small picture is one sequence", () => {
  expect(kittyPicture(Buffer.from("PNG"), { columns: 5, id: 7 })).toEqual([
    `${esc}_Ga=T,f=100,q=2,C=1,i=7,c=5,m=0;UE5H${esc}\\`,
  ]);
  expect(kittyPicture(Buffer.from(""), { rows: 2 })).toEqual([`${esc}_Ga=T,f=100,q=2,C=1,r=2,m=0;${esc}\\`]);
});

test.each([
  [3071, [4096]],
  [3072, [4096]],
  [3073, [4096, 4]],
  [9217, [4096, 4096, 4096, 4]],
])("kitty: %i bytes are pieces of base64 of at most 4096 characters, all but the last with m=1", (size, lengths) => {
  const bytes = Buffer.from(Array.from({ length: size }, (_, index) => (index * 7) % 256));
  const sequences = kittyPicture(bytes, {});
  // oxlint-disable-next-line no-control-regex -- escape sequences
  const parts = sequences.map((sequence) => /^\u001b_G([^;]*);([A-Za-z0-9+/=]*)\u001b\\$/.exec(sequence)!);
  expect(parts.map(([, , text]) => text!.length)).toEqual(lengths);
  expect(parts.map(([, keys]) => keys)).toEqual(
    lengths.map((_, index) => {
      const more = index < lengths.length - 1 ? "m=1" : "m=0";
      return index === 0 ? `a=T,f=100,q=2,C=1,${more}` : `q=2,${more}`;
    }),
  );
  expect(Buffer.from(parts.map(([, , text]) => text).join(""), "base64")).toEqual(bytes);
});

test("kitty: a picture is removed by its number, and placed by characters that a multiplexer moves", () => {
  expect(kittyRemoval(9)).toBe(`${esc}_Ga=d,d=I,i=9,q=2${esc}\\`);
  expect(kittyPicture(Buffer.from("PNG"), { columns: 2, rows: 2, id: 1, isVirtual: true })).toEqual([
    `${esc}_Ga=T,f=100,q=2,U=1,i=1,c=2,r=2,m=0;UE5H${esc}\\`,
  ]);
  const cell = "\u{10eeee}";
  expect(kittyPlaceholders(0x01_02_03, 3, 2)).toEqual([
    `${esc}[38;2;1;2;3m${cell}\u0305\u0305${cell}${cell}${esc}[39m`,
    `${esc}[38;2;1;2;3m${cell}\u030d\u0305${cell}${cell}${esc}[39m`,
  ]);
  expect(kittyPlaceholders(1, 1, 200)).toHaveLength(64);
});

test("iTerm2: the file in base64, with its size in bytes and cells", () => {
  expect(itermPicture(Buffer.from("JPEG"), 10, 4)).toBe(
    `${esc}]1337;File=inline=1;size=4;width=10;height=4;preserveAspectRatio=1:SlBFRw==\u0007`,
  );
});

/** What stands between introducer and terminator. */
const payload = (text: string): string => text.slice(text.indexOf("q") + 1, -2);

test.each([
  [2, 2],
  [1, 1],
  [37, 13],
])("sixel: %i x %i pixels of few colours come back as they were", async (width, height) => {
  const colours = [red, green, blue, white];
  const picture = Uint8Array.from(
    Array.from({ length: width * height }, (_, at) => colours[(at + Math.floor(at / width)) % 4]!).flat(),
  );
  const text = await sixelPicture(picture, width, height);
  expect(text.startsWith(`${esc}P0;0;q"1;1;${width};${height}`)).toBe(true);
  expect(text.endsWith(`${esc}\\`)).toBe(true);
  const decoded = decode(payload(text));
  const bytes = new Uint8Array(decoded.data32.buffer, decoded.data32.byteOffset, 4 * width * height);
  expect([decoded.width, decoded.height]).toEqual([width, height]);
  expect([...bytes].filter((_, index) => index % 4 !== 3)).toEqual([...picture]);
});

test("sixel: a picture of 256 colours stays what it was, but for the 101 steps a channel has", async () => {
  const picture = Uint8Array.from({ length: 3 * 64 * 48 }, (_, at) => {
    const pixel = Math.floor(at / 3);
    return [(pixel % 16) * 16, (Math.floor(pixel / 16) % 16) * 16, 128][at % 3]!;
  });
  const { data32 } = decode(payload(await sixelPicture(picture, 64, 48)));
  const differences = [...data32].flatMap((value, at) =>
    [0, 1, 2].map((channel) => Math.abs(((value >> (8 * channel)) & 255) - picture[3 * at + channel]!)),
  );
  expect(Math.max(...differences)).toBeLessThanOrEqual(2);
});

test.each([
  [24, [`${esc}[38;2;255;0;0;48;2;0;0;255m▀${esc}[38;2;0;255;0;48;2;255;255;255m▀${esc}[0m`]],
  [8, [`${esc}[38;5;196;48;5;21m▀${esc}[38;5;46;48;5;231m▀${esc}[0m`]],
  [4, [`${esc}[91;44m▀${esc}[92;107m▀${esc}[0m`]],
  [1, ["░▓"]],
])("blocks: with %i bits of colour", (depth, lines) => {
  expect(blockLines(pixels, 2, 2, depth)).toEqual(lines);
});

test("blocks: an odd last row has nothing below it; greys are the terminal's greys; no pixels, no lines", () => {
  const column = Uint8Array.from([...red, ...green, ...blue]);
  expect(blockLines(column, 1, 3, 24)).toEqual([
    `${esc}[38;2;255;0;0;48;2;0;255;0m▀${esc}[0m`,
    `${esc}[38;2;0;0;255;49m▀${esc}[0m`,
  ]);
  expect(blockLines(Uint8Array.from([100, 100, 100, 0, 0, 0]), 1, 2, 8)).toEqual([
    `${esc}[38;5;241;48;5;16m▀${esc}[0m`,
  ]);
  expect(blockLines(Uint8Array.from([0, 0, 0, 100, 100, 100, 180, 180, 180, 255, 255, 255]), 4, 1, 1)).toEqual([
    " ░▓█",
  ]);
  expect(blockLines(new Uint8Array(), 0, 0, 24)).toEqual([]);
});

test("tmux gets every ESC doubled in a frame", () => {
  expect(passedThrough(`${esc}_Ga=T;AA${esc}\\`, "tmux")).toBe(
    `${esc}Ptmux;${esc}${esc}_Ga=T;AA${esc}${esc}\\${esc}\\`,
  );
  expect(passedThrough("x", undefined)).toBe("x");
});

test("screen gets pieces, none of which is ended by the sequence itself or too long", () => {
  expect(passedThrough(`${esc}]1;AB\u0007`, "screen")).toBe(`${esc}P${esc}]1;AB\u0007${esc}\\`);
  expect(passedThrough(`${esc}Pq#1${esc}\\`, "screen")).toBe(`${esc}P${esc}Pq#1${esc}${esc}\\${esc}P\\${esc}\\`);
  const long = `${esc}]1337;${"A".repeat(1200)}\u0007`;
  const pieces = passedThrough(long, "screen").split(`${esc}\\`).slice(0, -1);
  expect(pieces.map((piece) => piece.length)).toEqual([502, 502, 210]);
  expect(pieces.map((piece) => piece.slice(2)).join("")).toBe(long);
});
