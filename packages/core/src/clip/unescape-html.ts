import { createRequire } from "node:module";

/** The 32 characters that windows-1252 has where Latin-1 has control codes, U+0080 to U+009F in order. */
const windows1252 = new TextDecoder("windows-1252").decode(Uint8Array.from({ length: 32 }, (_, i) => 0x80 + i));

const reference = /&(?:#[0-9]+;?|#x[0-9a-f]+;?|[^\t\n\f <&#;]{1,32};?)/gi;
const closedReference = /&#?[0-9a-z]{1,24};/gi;

/**
 * Replaces HTML character references, once: `&amp;lt;` becomes `&lt;`.
 *
 * - "html": as browsers and Python's html.unescape read text (HTML Living Standard, 13.2.5.72 on): old names need no
 *   semicolon, `&notit` is `¬it`; a numeric reference to what is no character becomes nothing or U+FFFD.
 * - "closed": references with a semicolon only, but also names written all in capitals (`&EACUTE;` is `É`), which are
 *   what text meant for people contains.
 */
export function unescapeHtml(text: string, rule: "html" | "closed"): string {
  if (!text.includes("&")) return text;
  if (rule === "html") return text.replace(reference, decode);
  return text.replace(closedReference, (match) => {
    if (match[1] === "#") {
      const decoded = match.replace(reference, decode);
      return decoded.includes(";") ? match : decoded;
    }
    const decoded = namedReferences().decodeHTMLStrict(match);
    if (decoded !== match || match !== match.toUpperCase() || decode(match) !== match) return decoded;
    const lower = match.toLowerCase();
    const character = namedReferences().decodeHTMLStrict(lower);
    return character === lower ? match : character.toUpperCase();
  });
}

function decode(match: string): string {
  if (match[1] !== "#") return namedReferences().decodeHTML(match);
  const isHex = match[2] === "x" || match[2] === "X";
  return fromCodePoint(isHex ? Number.parseInt(match.slice(3), 16) : Number.parseInt(match.slice(2), 10));
}

function fromCodePoint(code: number): string {
  if (code >= 0x80 && code <= 0x9f) return windows1252[code - 0x80]!;
  if (code === 0 || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) return "\uFFFD";
  const isControl = (code < 0x20 && !"\t\n\f\r".includes(String.fromCharCode(code))) || code === 0x7f;
  const isNoCharacter = (code >= 0xfdd0 && code <= 0xfdef) || (code & 0xfffe) === 0xfffe;
  return isControl || isNoCharacter ? "" : String.fromCodePoint(code);
}

/** The table of 2,231 names costs 10 ms to load, and hardly a query has an ampersand: it is loaded for the first. */
let entities: typeof import("entities/decode") | undefined;

function namedReferences(): NonNullable<typeof entities> {
  entities ??= createRequire(import.meta.url)("entities/decode") as NonNullable<typeof entities>;
  return entities;
}
