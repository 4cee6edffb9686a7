import type { Drawing } from "./draw-picture.ts";

/** A drawing, and the column (from 0) at which it begins. */
export interface PlacedDrawing {
  readonly drawing: Drawing;
  readonly column: number;
}

const start = "\u001b";

/**
 * Writes drawings beside each other, and leaves the cursor at the beginning of the line below all of them. The place is
 * made first, by line feeds: what scrolls the screen while it draws would be drawn in the wrong place.
 */
export function sideBySide(drawings: readonly PlacedDrawing[]): string {
  const height = Math.max(0, ...drawings.map(({ drawing }) => drawing.rows));
  if (height === 0) return "";
  const before = drawings.map(({ drawing }) => drawing.before ?? "").join("");
  const drawn = drawings.map(({ drawing, column }) => {
    const at = column > 0 ? `\r${start}[${column}C` : "\r";
    // ESC 7 and ESC 8 (VT100) keep the place, which some drawings leave.
    if ("sequence" in drawing) return `${at}${start}7${drawing.sequence}${start}8`;
    const { lines } = drawing;
    const down = lines.map((line, index) => (index === 0 ? "" : `${start}[B`) + at + line).join("");
    return lines.length > 1 ? `${down}${start}[${lines.length - 1}A` : down;
  });
  return `${before}${"\n".repeat(height)}${start}[${height}A${drawn.join("")}\r${start}[${height}B`;
}
