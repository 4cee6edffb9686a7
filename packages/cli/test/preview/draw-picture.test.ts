import { join } from "node:path";
import { photoThumbnail } from "@clipfind/core/thumbnail";
import sharp from "sharp";
import { decode } from "sixel";
import { describe, expect, test } from "vitest";
import { temporaryDirectory } from "../../../../test/support/temporary-directory.ts";
import { drawPicture } from "../../src/preview/draw-picture.ts";
import { itermPicture } from "../../src/preview/iterm-picture.ts";
import { kittyPicture, kittyPlaceholders } from "../../src/preview/kitty-picture.ts";
import { passedThrough } from "../../src/preview/multiplexer.ts";
import type { PreviewTerminal } from "../../src/preview/preview-terminal.ts";

const terminal = {
  cell: { width: 10, height: 20 },
  colorDepth: 24,
  columns: 80,
  rows: 24,
  multiplexer: undefined,
  typed: Buffer.alloc(0),
} as const;

/** A red picture of that size. */
async function picture(width: number, height: number): Promise<Buffer> {
  const file = join(temporaryDirectory(), "a.png");
  await sharp({ create: { width, height, channels: 3, background: "#f00" } }).toFile(file);
  return Buffer.from(file);
}

const box = { columns: 8, rows: 4, id: 7 };
/** Pixels of the box. */
const room = { width: 80, height: 80 };

describe("kitty", () => {
  const kitty: PreviewTerminal = { ...terminal, protocol: "kitty" };

  test.each([
    ["small", 40, 20, { columns: 4 }, [4, 1]],
    ["as wide as its place", 400, 200, { columns: 8 }, [8, 2]],
    ["as high as its place", 190, 400, { rows: 4 }, [4, 4]],
    ["of a size that no cells fit", 33, 7, { columns: 4 }, [4, 1]],
    ["one that is higher than its cells are", 31, 20, { rows: 1 }, [4, 1]],
  ] as const)("a picture that is %s keeps its proportions", async (_, width, height, side, [columns, rows]) => {
    const path = await picture(width, height);
    const { bytes } = await photoThumbnail(path, { ...room, format: "png" });
    expect(await drawPicture(kitty, { path, ...box })).toEqual({
      columns,
      rows,
      sequence: kittyPicture(bytes, { ...side, id: 7 }).join(""),
    });
  });

  test("in tmux it is sent in frames, and placed by characters", async () => {
    const path = await picture(400, 200);
    const { bytes } = await photoThumbnail(path, { ...room, format: "png" });
    const sent = kittyPicture(bytes, { columns: 8, rows: 2, id: 7, isVirtual: true });
    expect(await drawPicture({ ...kitty, multiplexer: "tmux" }, { path, ...box })).toEqual({
      columns: 8,
      rows: 2,
      before: sent.map((sequence) => passedThrough(sequence, "tmux")).join(""),
      lines: kittyPlaceholders(7, 8, 2),
    });
  });
});

test("iTerm2 gets a JPEG, in a multiplexer's frame where there is one", async () => {
  const path = await picture(400, 200);
  const { bytes } = await photoThumbnail(path, { ...room, format: "jpeg" });
  const sequence = itermPicture(bytes, 8, 2);
  const iterm: PreviewTerminal = { ...terminal, protocol: "iterm" };
  expect(await drawPicture(iterm, { path, ...box })).toEqual({ columns: 8, rows: 2, sequence });
  const framed = passedThrough(sequence, "screen");
  expect(await drawPicture({ ...iterm, multiplexer: "screen" }, { path, ...box })).toEqual({
    columns: 8,
    rows: 2,
    sequence: framed,
  });
});

test("sixels are as many pixels as fit", async () => {
  const path = await picture(400, 300);
  const drawing = await drawPicture({ ...terminal, protocol: "sixel" }, { path, ...box });
  expect(drawing).toMatchObject({ columns: 8, rows: 3 });
  const text = "sequence" in drawing ? drawing.sequence : "";
  const { width, height, data32 } = decode(text.slice(text.indexOf("q") + 1, -2));
  expect([width, height]).toEqual([80, 60]);
  expect(new Set(data32)).toEqual(new Set([0xff_00_00_ff]));
});

test("blocks are two pixels high", async () => {
  const blocks: PreviewTerminal = { ...terminal, protocol: "blocks" };
  const line = `${"\u001b[38;2;255;0;0;48;2;255;0;0m▀".repeat(8)}\u001b[0m`;
  const path = await picture(400, 200);
  expect(await drawPicture(blocks, { path, ...box })).toEqual({ columns: 8, rows: 2, lines: [line, line] });
});

test("what is no picture, and what is not wanted any more, rejects", async () => {
  const blocks: PreviewTerminal = { ...terminal, protocol: "blocks" };
  const missing = Buffer.from(join(temporaryDirectory(), "none.jpg"));
  await expect(drawPicture(blocks, { path: missing, ...box })).rejects.toMatchObject({ code: "IMAGE_UNREADABLE" });
  const signal = AbortSignal.abort();
  await expect(drawPicture(blocks, { path: await picture(1, 1), ...box, signal })).rejects.toMatchObject({
    code: "ABORTED",
  });
});
