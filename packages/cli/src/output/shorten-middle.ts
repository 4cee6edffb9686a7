import stringWidth from "string-width";

const segmenter = new Intl.Segmenter();

/** The text in at most `columns` columns of a terminal, with … for what had to go from its middle: a name's end says most. */
export function shortenMiddle(text: string, columns: number): string {
  if (stringWidth(text) <= columns) return text;
  const characters = Array.from(segmenter.segment(text), ({ segment }) => segment);
  const tail = fitting(characters.toReversed(), Math.ceil(((columns - 1) * 2) / 3)).toReversed();
  const room = columns - 1 - stringWidth(tail.join(""));
  const head = fitting(characters.slice(0, characters.length - tail.length), room);
  return `${head.join("")}…${tail.join("")}`;
}

/** As many of the characters as fit. */
function fitting(characters: readonly string[], columns: number): string[] {
  let left = columns;
  const end = characters.findIndex((character) => (left -= stringWidth(character)) < 0);
  return characters.slice(0, end === -1 ? characters.length : end);
}
