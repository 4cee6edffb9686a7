import { hostname } from "node:os";
import type { Hit } from "@clipfind/core";
import stringWidth from "string-width";
import { fileUrl } from "./file-url.ts";
import { copiesText } from "./hit-lines.ts";
import { hyperlink } from "./hyperlink.ts";
import { pathFromHere } from "./path-from-here.ts";
import { percent } from "./percent.ts";
import { shortenMiddle } from "./shorten-middle.ts";
import { shownPath } from "./shown-path.ts";
import { isStrong, strengthColor } from "./strength-color.ts";

export interface TableSettings {
  /** The working directory. */
  readonly cwd: string;
  /** Columns of the terminal; undefined shortens nothing. */
  readonly width: number | undefined;
  /** Whether to colour. */
  readonly isColored: boolean;
  /** Whether paths lead to their files. */
  readonly links: boolean;
  /** The confidence from which on a photo is strong. */
  readonly cutoff: number | undefined;
}

/** Columns of the bar. */
const barColumns = 8;
/** From so many columns on there is room for the bar, and for the score. */
const [roomForBar, roomForScore] = [60, 30];
/** A path is not made shorter than this: rather the terminal breaks the line. */
const leastPath = 8;

/**
 * The hits as lines for a terminal: bar and percentage of the confidence (without confidences a bar of the score), score,
 * path from here, number of copies. What does not fit goes, the path last.
 */
export function hitTable(hits: readonly Hit[], settings: TableSettings): string[] {
  const { cwd, width = Infinity, isColored, links, cutoff } = settings;
  const hasConfidence = hits.some(({ confidence }) => confidence !== undefined);
  return hits.map(({ pathBytes, score, confidence, copies }) => {
    const cells: string[] = [];
    if (score !== undefined) {
      const bar = barOf(confidence ?? score);
      if (width >= roomForBar) cells.push(isColored ? strengthColor(bar, isStrong(confidence, cutoff)) : bar);
      if (hasConfidence && width >= roomForBar)
        cells.push((confidence === undefined ? "" : percent(confidence)).padStart(4));
      if (width >= roomForScore) cells.push(score.toFixed(3).padStart(6));
    }
    const front = cells.map((cell) => `${cell}  `).join("");
    const taken = cells.length === 0 ? 0 : stringWidth(front);
    const more = width >= roomForBar ? copiesText(copies) : "";
    const path = shownPath(pathFromHere(pathBytes, cwd));
    const short = width === Infinity ? path : shortenMiddle(path, Math.max(leastPath, width - taken - more.length));
    return `${front}${links ? hyperlink(short, fileUrl(pathBytes, hostname())) : short}${more}`;
  });
}

/** A bar of eighths of a column; of 0 and less it is empty. */
function barOf(value: number): string {
  const eighths = Math.round(8 * barColumns * Math.min(1, Math.max(0, value)));
  const part = eighths % 8 === 0 ? "" : String.fromCodePoint(0x2590 - (eighths % 8));
  return `${"█".repeat(Math.floor(eighths / 8))}${part}`.padEnd(barColumns);
}
