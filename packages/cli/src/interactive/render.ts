import type { Hit } from "@clipfind/core";
import { hitLines } from "../output/hit-lines.ts";
import { plural } from "../output/plural.ts";
import { printable } from "../output/printable.ts";
import { shownPath } from "../output/shown-path.ts";
import { fitted } from "../preview/fitted.ts";
import stringWidth from "string-width";
import { type ScreenLayout, screenLayout } from "./layout.ts";
import type { Line } from "./line.ts";
import { keyOf, type State } from "./state.ts";

/** What is to be on the screen. */
export interface Frame {
  /** One for each row, as wide as it may be: rows beside a picture end where that begins. */
  readonly lines: readonly string[];
  readonly cursor: { readonly row: number; readonly column: number };
  /** Where the picture of the hit selected goes. */
  readonly preview: ScreenLayout["preview"];
}

const [bold, dim, inverse, plain] = ["\u001b[1m", "\u001b[2m", "\u001b[7m", "\u001b[0m"];

const help = "Enter open  Tab mark  ^S similar  ^Y copy  ^E export  ^T preview  Esc quit";

const welcome = [
  "",
  "Type what the photos show: a red car at night",
  "Not quite: black cat + 0.5:night - dog      In a folder: in:holiday sunset",
  "Ctrl-P and Ctrl-N bring back earlier queries, Ctrl-U empties the line.",
];

/**
 * The lines of a screen, `state.rows` of them, and none wider than `state.columns`.
 * @param cwd - what lies below it is shown by its path from there
 * @param canPreview - whether the terminal shows pictures
 */
export function render(state: State, cwd: string, canPreview: boolean): Frame {
  const { columns, rows } = state;
  const hasPreview = canPreview && state.showsPreview && state.hits.length > 0;
  const layout = screenLayout(columns, rows, hasPreview);
  const asksFile = state.fileName !== undefined;
  const [query, queryCursor] = input(promptOf(state), state.line, columns);
  const lines = [query];
  for (let row = 0; row < layout.listRows; row++) lines.push(listLine(state, row, layout.listColumns, cwd));
  let cursor = { row: 0, column: queryCursor };
  if (layout.messageRow !== undefined) {
    if (asksFile) {
      const [line, column] = input(filePrompt(state), state.fileName, columns);
      lines.push(line);
      cursor = { row: layout.messageRow, column };
    } else lines.push(messageLine(state, columns));
  }
  if (layout.helpRow !== undefined) lines.push(`${dim}${fitted(help, columns)}${plain}`);
  return { lines, cursor, preview: layout.preview };
}

function promptOf({ asked, line }: State): string {
  if (asked?.kind === "like" && line.text === "") return `like ${shownPath(asked.hit.pathBytes)} > `;
  return "> ";
}

function filePrompt({ marked }: State): string {
  return `${plural(Math.max(1, marked.size), "path")} into file (none: print): `;
}

/** A line that is being written, and the column of the cursor. Of a long one the part around the cursor shows. */
function input(prompt: string, { text, cursor }: Line, columns: number): [string, number] {
  // Half of the screen is for what is typed.
  const most = Math.floor(columns / 2);
  const start = stringWidth(prompt) <= most ? prompt : fitted(prompt.trimEnd(), most, { cutsBeginning: true });
  const room = columns - stringWidth(start);
  const before = printable(text.slice(0, cursor));
  const after = printable(text.slice(cursor));
  // The cursor takes a column of its own.
  const shown = stringWidth(before) < room ? before : fitted(before, room - 1, { cutsBeginning: true });
  const column = stringWidth(start) + stringWidth(shown);
  return [
    `${bold}${start}${plain}${shown}${fitted(after, columns - column)}`,
    Math.max(0, Math.min(column, columns - 1)),
  ];
}

function listLine(state: State, row: number, columns: number, cwd: string): string {
  const index = state.top + row;
  const hit = state.hits[index];
  if (hit === undefined) return fitted(state.asked === undefined ? (welcome[row] ?? "") : "", columns);
  const isSelected = index === state.selected;
  const text = `${isSelected ? ">" : " "}${state.marked.has(keyOf(hit)) ? "*" : " "}${hitText(hit, columns - 2, cwd)}`;
  const line = fitted(text, columns);
  return isSelected ? `${inverse}${line}${plain}` : line;
}

/** Score and path; of a long path the end shows, which tells more. */
function hitText(hit: Hit, columns: number, cwd: string): string {
  const [line = ""] = hitLines([hit], cwd);
  const score = line.slice(0, 8);
  return columns <= score.length
    ? score
    : score + fitted(line.slice(8), columns - score.length, { cutsBeginning: true });
}

function messageLine(state: State, columns: number): string {
  const { message, marked, isSearching, asked } = state;
  if (message !== undefined) {
    const line = fitted(printable(message.text.replaceAll(/\s+/g, " ")), columns);
    return message.kind === "error" ? `${bold}${line}${plain}` : line;
  }
  const parts = [
    ...(isSearching ? ["searching…"] : asked === undefined ? [] : [state.about]),
    ...(marked.size > 0 ? [`${marked.size} marked`] : []),
  ];
  return fitted(parts.join(", "), columns);
}
