/** A line of text that is being written, and where the cursor stands in it. */
export interface Line {
  readonly text: string;
  /** Characters of JavaScript before the cursor; always between two that people see. */
  readonly cursor: number;
}

export const emptyLine: Line = { text: "", cursor: 0 };

/** No query is longer; what is pasted beyond it is left out. */
const longest = 2000;

const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" });

/** A line with the cursor at its end. */
export function lineOf(text: string): Line {
  return { text, cursor: text.length };
}

/** Inserts text at the cursor. Control characters, line ends among them, become one blank. */
export function insert({ text, cursor }: Line, inserted: string): Line {
  // oxlint-disable-next-line no-control-regex -- control characters are the point
  const clean = inserted.replaceAll(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, " ");
  // Nothing is cut in two.
  const room = [...graphemes.segment(clean)].filter(({ index, segment }) => {
    return text.length + index + segment.length <= longest;
  });
  const added = room.map(({ segment }) => segment).join("");
  return { text: text.slice(0, cursor) + added + text.slice(cursor), cursor: cursor + added.length };
}

/** Moves the cursor by one character that people see, to the left (-1) or right (1). */
export function move({ text, cursor }: Line, by: -1 | 1): Line {
  return { text, cursor: by < 0 ? before(text, cursor) : after(text, cursor) };
}

/** Removes the character before the cursor. */
export function eraseBefore({ text, cursor }: Line): Line {
  const start = before(text, cursor);
  return { text: text.slice(0, start) + text.slice(cursor), cursor: start };
}

/** Removes the character behind the cursor. */
export function eraseAfter({ text, cursor }: Line): Line {
  return { text: text.slice(0, cursor) + text.slice(after(text, cursor)), cursor };
}

/** Removes the word before the cursor, and the blanks between. */
export function eraseWord({ text, cursor }: Line): Line {
  const kept = text.slice(0, cursor).replace(/\S*\s*$/u, "");
  return { text: kept + text.slice(cursor), cursor: kept.length };
}

function before(text: string, cursor: number): number {
  let last = 0;
  for (const { index } of graphemes.segment(text)) if (index < cursor) last = index;
  return cursor === 0 ? 0 : last;
}

function after(text: string, cursor: number): number {
  for (const { index } of graphemes.segment(text)) if (index > cursor) return index;
  return text.length;
}
