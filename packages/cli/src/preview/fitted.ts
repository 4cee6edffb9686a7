import stringWidth from "string-width";

const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" });

/**
 * `text` as exactly `width` columns of a terminal: with blanks behind it, or cut off with … at its end, or at its
 * beginning where the end tells more. Wide characters count twice, and are never cut in two.
 */
export function fitted(text: string, width: number, { cutsBeginning = false } = {}): string {
  const whole = stringWidth(text);
  if (whole <= width) return text + " ".repeat(width - whole);
  if (width <= 0) return "";
  const characters = [...graphemes.segment(text)].map(({ segment }) => segment);
  if (cutsBeginning) characters.reverse();
  const kept: string[] = [];
  let taken = 1;
  for (const character of characters) {
    const columns = stringWidth(character);
    if (taken + columns > width) break;
    kept.push(character);
    taken += columns;
  }
  const blanks = " ".repeat(width - taken);
  return cutsBeginning ? `${blanks}…${kept.toReversed().join("")}` : `${kept.join("")}…${blanks}`;
}
