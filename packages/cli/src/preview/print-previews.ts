import type { Hit } from "@clipfind/core";
import { ClipfindError } from "@clipfind/core/errors";
import { printable } from "../output/printable.ts";
import { shownName } from "../output/shown-name.ts";
import { type Drawing, drawPicture } from "./draw-picture.ts";
import { fitted } from "./fitted.ts";
import { type GridSize, gridLayout } from "./grid-layout.ts";
import { pictureIds } from "./picture-ids.ts";
import type { PreviewTerminal } from "./preview-terminal.ts";
import { sideBySide } from "./side-by-side.ts";

/** Where pictures go, and until when. */
export interface PreviewPrinter {
  readonly terminal: PreviewTerminal;
  readonly stdout: NodeJS.WritableStream;
  readonly signal: AbortSignal;
}

/** Largest picture below a line, in characters. */
const listed = { columns: 48, rows: 12 };
/** In front of it, in characters: the width of a score. */
const indent = 8;
/** Photos that are made small ahead of the one that is printed. */
const ahead = 4;

/**
 * Prints for each hit its line, of `lines`, and the picture. A photo that cannot be shown, or is gone meanwhile, has a line saying so.
 * @throws ClipfindError ABORTED
 */
export async function printPreviews(
  hits: readonly Hit[],
  lines: readonly string[],
  printer: PreviewPrinter,
): Promise<void> {
  const { terminal, stdout } = printer;
  const columns = Math.max(1, Math.min(listed.columns, terminal.columns - indent));
  const rows = Math.max(1, Math.min(listed.rows, terminal.rows - 2));
  const drawings: Promise<Drawing>[] = [];
  for (const [index, line] of lines.entries()) {
    for (const hit of hits.slice(drawings.length, index + ahead)) drawings.push(drawn(hit, columns, rows, printer));
    const drawing = await drawings[index]!;
    stdout.write(`${line}\n${sideBySide([{ drawing, column: indent }])}`);
  }
}

/**
 * Prints the hits' pictures in a grid, each with its name below.
 * @throws ClipfindError ABORTED
 */
export async function printGrid(hits: readonly Hit[], size: GridSize, printer: PreviewPrinter): Promise<void> {
  const { starts, width, height } = gridLayout(size, printer.terminal);
  for (let at = 0; at < hits.length; at += starts.length) {
    const row = hits.slice(at, at + starts.length);
    const drawings = await Promise.all(row.map((hit) => drawn(hit, width, height, printer)));
    const placed = drawings.map((drawing, index) => ({ drawing, column: starts[index]! }));
    const names = row.map((hit) => fitted(shownName(hit.pathBytes), width));
    printer.stdout.write(`${sideBySide(placed)}${names.join("  ").trimEnd()}\n\n`);
  }
}

function drawn(hit: Hit, columns: number, rows: number, { terminal, signal }: PreviewPrinter): Promise<Drawing> {
  const drawing = drawPicture(terminal, { path: hit.pathBytes, columns, rows, id: pictureIds.next(), signal }).catch(
    (error: unknown): Drawing => {
      if (!(error instanceof ClipfindError) || error.code === "ABORTED") throw error;
      return { columns, rows: 1, lines: [fitted(`(${noPreview(error)})`, columns).trimEnd()] };
    },
  );
  // Reported by whoever awaits it, which may be later.
  drawing.catch(() => undefined);
  return drawing;
}

/** Why there is no picture, in short. */
export function noPreview(error: ClipfindError): string {
  return printable(`no preview: ${error.cause instanceof Error ? error.cause.message : error.message}`);
}
