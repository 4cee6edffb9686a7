import { isUtf8 } from "node:buffer";
import { sep } from "node:path";
import { printable } from "./printable.ts";

/**
 * A path as the table, CSV and templates print it (docs/output.md). What a line cannot hold is escaped so that the name
 * can be had back: \xNN is a byte, \uNNNN a character, and where backslashes do not divide folders, \\ is a backslash.
 */
export function shownPath(bytes: Buffer): string {
  if (isUtf8(bytes)) return shownText(bytes.toString("utf8"));
  let shown = "";
  for (let at = 0; at < bytes.length;) {
    const lead = bytes[at] as number;
    const length = lead < 0xc2 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    const character = bytes.subarray(at, at + length);
    const isWhole = character.length === length && isUtf8(character);
    shown += isWhole ? shownText(character.toString("utf8")) : `\\x${lead.toString(16).padStart(2, "0")}`;
    at += isWhole ? length : 1;
  }
  return shown;
}

function shownText(text: string): string {
  return printable(sep === "/" ? text.replaceAll("\\", "\\\\") : text);
}
