import { ClipfindError, type ErrorCode } from "../errors.ts";
import type { Span } from "./query.ts";

/** Columns of the line that are shown. */
const shown = 100;
const wide =
  /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u;

/** An error about a place in a query: the message goes on with the line, and a caret line under the place. */
export class QueryError extends ClipfindError {
  readonly start: number;
  readonly end: number;

  constructor(
    what: string,
    line: string,
    { start, end }: Span,
    options: { hint?: string; cause?: unknown; code?: ErrorCode } = {},
  ) {
    super(options.code ?? "INVALID_QUERY", `${what}\n${pointed(line, start, end)}`, options);
    this.start = start;
    this.end = end;
  }
}

/** The line, cut where it is long, and carets below `start` to `end`. */
function pointed(line: string, start: number, end: number): string {
  const from = start <= shown - 20 ? 0 : start - 20;
  const [before, at] = [line.slice(from, start), line.slice(start, Math.max(start, Math.min(end, from + shown)))];
  const cut = `${from > 0 ? "…" : ""}${line.slice(from, from + shown)}${line.length > from + shown ? "…" : ""}`;
  const indent = " ".repeat(columns(before) + (from > 0 ? 1 : 0));
  // Control characters could break the line or drive the terminal.
  return `  ${cut.replaceAll(/\p{C}/gu, "?")}\n  ${indent}${"^".repeat(Math.max(1, columns(at)))}`;
}

function columns(text: string): number {
  let sum = 0;
  for (const character of text) sum += wide.test(character) ? 2 : Number(!/\p{M}/u.test(character));
  return sum;
}
