import { unescapeHtml } from "./unescape-html.ts";

/** What Python's str.split() and str.strip() take for white space. JavaScript's \s lacks 5 of them and has U+FEFF. */
// oxlint-disable-next-line no-control-regex -- Python counts U+001C to U+001F
const whitespace = /[\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+/g;

/** Digraphs and ligatures of the Latin alphabet whose compatibility form (NFKC) is what was meant. */
const ligature = /[\u0132\u0133\u0149\u01c4-\u01cc\u01f1-\u01f3\ufb00-\ufb04\ufb06]/g;

/** Full-width Latin, half-width Katakana and Hangul, and the ideographic space. */
const oddWidth = /[\u3000\uff01-\uffef]/g;

/** Codes that print nothing and were not meant, apart from tab, line feed, form feed and carriage return. */
// oxlint-disable-next-line no-control-regex -- they are what is looked for
const control = /[\0-\x08\x0b\x0e-\x1f\x7f\u206a-\u206f\ufeff\ufff9-\ufffc]/g;

// oxlint-disable-next-line no-control-regex
const terminalEscape = /\x1b\[[\p{Nd};]*[a-zA-Z]/gu;

const c1Control = /[\x80-\x9f]/g;
const windows1252 = new TextDecoder("windows-1252");

/** References inside references are undone this often, which bounds the work on `&amp;amp;amp;…`. */
const maximumRounds = 10;

/**
 * Cleans a text as CLIP's reference tokenizers do before splitting it (OpenAI CLIP and open_clip: ftfy.fix_text, HTML
 * references undone twice, strip, white space collapsed, lower case). Of ftfy 6.3 it does, line by line:
 *
 * 1. HTML references with a semicolon, until none is left; not from the first line on that has a `<`
 * 2. C1 control codes read as windows-1252
 * 3. Latin ligatures into letters; full-width and half-width forms into common ones
 * 4. curly quotes into straight ones; all line breaks into \n
 * 5. lone surrogates into U+FFFD; terminal escape sequences and control characters removed
 * 6. Unicode NFC
 *
 * It does not repair mojibake ("cafÃ©" stays as it is): that needs ftfy's statistics, and no one types it.
 */
export function cleanText(text: string): string {
  return collapseSpaces(fixText(text)).toLowerCase();
}

/** White space collapsed into single spaces, none at the ends. */
export function collapseSpaces(text: string): string {
  return text.replace(whitespace, " ").trim();
}

/** The cleaning of {@link cleanText} up to and including HTML references: open_clip's `basic_clean`, but for the ends. */
export function fixText(text: string): string {
  let undoReferences = true;
  const lines = text.split("\n").map((line) => {
    undoReferences &&= !line.includes("<");
    return fixLine(line, undoReferences);
  });
  return unescapeHtml(unescapeHtml(lines.join("\n"), "html"), "html");
}

function fixLine(line: string, undoReferences: boolean): string {
  let text = line;
  for (let round = 0; round < maximumRounds; round++) {
    const before = text;
    if (undoReferences) text = unescapeHtml(text, "closed");
    text = text
      .replace(c1Control, (code) => windows1252.decode(Uint8Array.of(code.charCodeAt(0))))
      .replaceAll("\ufb05", "\u017ft")
      .replace(ligature, (character) => character.normalize("NFKC"))
      .replace(oddWidth, (character) => character.normalize("NFKC"))
      .replace(/[\u02bc\u2018-\u201b]/g, "'")
      .replace(/[\u201c-\u201f]/g, '"')
      .replace(/\r\n|[\r\u2028\u2029\x85]/g, "\n")
      .toWellFormed()
      .replace(terminalEscape, "")
      .replace(control, "")
      .normalize("NFC");
    if (text === before) break;
  }
  return text;
}
