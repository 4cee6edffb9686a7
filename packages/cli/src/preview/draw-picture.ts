import type { Thumbnail } from "@clipfind/core/thumbnail";
import { blockLines } from "./block-lines.ts";
import { itermPicture } from "./iterm-picture.ts";
import { kittyPicture, kittyPlaceholders, mostPlaceholderRows } from "./kitty-picture.ts";
import { passedThrough } from "./multiplexer.ts";
import type { PreviewTerminal } from "./preview-terminal.ts";
import { sixelPicture } from "./sixel-picture.ts";

/** A picture ready to be written: lines of text, or an escape sequence that draws it from the cursor on. */
export type Drawing = {
  /** Cells that it takes. */
  readonly columns: number;
  readonly rows: number;
  /** To be written before, anywhere. */
  readonly before?: string;
} & ({ readonly lines: readonly string[] } | { readonly sequence: string });

/** Which picture, and where it must fit. */
export interface DrawRequest {
  /** The file's name as bytes. */
  readonly path: Uint8Array;
  /** Cells that it may take at most. */
  readonly columns: number;
  readonly rows: number;
  /** By which a picture of kitty's protocol is known to the terminal: 1 to 2^24 - 1. */
  readonly id: number;
  readonly signal?: AbortSignal | undefined;
}

/** Draws the photo for `terminal`. @throws ClipfindError IMAGE_UNREADABLE, ABORTED */
export async function drawPicture(terminal: PreviewTerminal, request: DrawRequest): Promise<Drawing> {
  const { photoThumbnail } = await import("@clipfind/core/thumbnail");
  const { protocol, multiplexer, cell, colorDepth } = terminal;
  const isVirtual = protocol === "kitty" && multiplexer === "tmux";
  const { path, id, signal, columns } = request;
  const rows = isVirtual ? Math.min(request.rows, mostPlaceholderRows) : request.rows;
  if (protocol === "blocks") {
    const { bytes, width, height } = await photoThumbnail(path, {
      width: columns,
      height: 2 * rows,
      format: "raw",
      signal,
    });
    const lines = blockLines(bytes, width, height, colorDepth);
    return { columns: width, rows: lines.length, lines };
  }
  const format = protocol === "kitty" ? "png" : protocol === "iterm" ? "jpeg" : "palette";
  const [width, height] = [Math.min(columns * cell.width, 8192), Math.min(rows * cell.height, 8192)];
  const small = await photoThumbnail(path, { width, height, format, signal });
  const taken = { columns: Math.ceil(small.width / cell.width), rows: Math.ceil(small.height / cell.height) };
  if (protocol === "iterm") {
    const sequence = itermPicture(small.bytes, taken.columns, taken.rows);
    return { ...taken, sequence: passedThrough(sequence, multiplexer) };
  }
  if (protocol === "sixel") {
    const sequence = await sixelPicture(small.bytes, small.width, small.height);
    return { ...taken, sequence: passedThrough(sequence, multiplexer) };
  }
  const sequences = isVirtual
    ? kittyPicture(small.bytes, { ...taken, id, isVirtual })
    : kittyPicture(small.bytes, { ...longerSide(small, taken, cell), id });
  const sequence = sequences.map((each) => passedThrough(each, multiplexer)).join("");
  return isVirtual
    ? { ...taken, before: sequence, lines: kittyPlaceholders(id, taken.columns, taken.rows) }
    : { ...taken, sequence };
}

/** kitty stretches a picture for which both are given: the one that counts leaves it its proportions. */
function longerSide(
  { width, height }: Thumbnail,
  taken: { readonly columns: number; readonly rows: number },
  cell: PreviewTerminal["cell"],
): { columns: number } | { rows: number } {
  const isWide = width / (taken.columns * cell.width) >= height / (taken.rows * cell.height);
  return isWide ? { columns: taken.columns } : { rows: taken.rows };
}
