import { filterKeys } from "./filters.ts";

const filter = new RegExp(`^-?(?:${filterKeys.join("|")}):`);
const nextFilter = new RegExp(`\\s-?(?:${filterKeys.join("|")}):|\\s[-+|]\\s`);
const path = /^(?:@|\.{0,2}\/|\.{1,2}\\|~[/\\]|[a-z]:[/\\]|\\\\|file:)/i;

/**
 * The line that says the same as the words of a shell, which has taken the quotes off. A word with blanks is read as
 * part of a line ("black cat - dog"), but kept together where it is a path, or begins as a filter and has no other.
 * @param isImage - whether there is a picture file of that name
 */
export function lineOfWords(words: readonly string[], isImage: (place: string) => boolean): string {
  return words.map((word) => (word === "" ? '""' : asPart(word, isImage))).join(" ");
}

function asPart(word: string, isImage: (place: string) => boolean): string {
  const [prefix = ""] = /^(?:\d+\.?\d*:|\.\d+:)?(?:text:)?@?/.exec(word) ?? [];
  const rest = word.slice(prefix.length);
  if (!/[\s|]/.test(rest)) return word;
  if (isImage(rest)) return prefix + quote(rest);
  const name = filter.exec(word)?.[0];
  if (name !== undefined && !nextFilter.test(word)) return name + quote(word.slice(name.length));
  const isPath = path.test(prefix.endsWith("@") ? "@" : rest) && /\.\w{2,5}$/.test(rest) && !/\s[-+|]\s/.test(rest);
  if (isPath || prefix.includes("text:")) return prefix + quote(rest);
  return word;
}

/** In quotes, so that it is one word of a line. */
export function quote(text: string): string {
  return `"${text.replaceAll('"', '""')}"`;
}
