/** UTF-16 units that are kept of a text, and of a line. */
const mostText = 4096;
const mostLine = 256;

/** A text of several lines, without control characters and blanks around it, cut off; undefined where nothing is left. */
export function cleanText(text: string | undefined): string | undefined {
  return cleaned(text, /[^\P{Cc}\n]/gu, mostText);
}

/** The same of one line. */
export function cleanLine(text: string | undefined): string | undefined {
  return cleaned(text, /\p{Cc}+/gu, mostLine);
}

function cleaned(text: string | undefined, unwanted: RegExp, most: number): string | undefined {
  // Cut first: what is left out is not worth looking at, however much it is.
  const part = text
    ?.slice(0, 2 * most)
    .replaceAll("\r\n", "\n")
    .replaceAll(unwanted, " ")
    .trim();
  if (part === undefined || part === "") return undefined;
  // Not through the middle of a character.
  const cut = part.slice(0, most).replace(/[\uD800-\uDBFF]$/, "");
  return cut.trimEnd();
}
