import type { Normalizer } from "./piece-rules.ts";
import { PrecompiledMap } from "./precompiled-map.ts";

/** What Rust's char::is_whitespace takes for white space (Unicode's White_Space). */
export const whiteSpace = "[\\t-\\r \\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]";

/** The steps as one function. `replacements` is the table of the precompiled step, if there is one. */
export function normalizerOf(steps: readonly Normalizer[], replacements: Uint8Array): (text: string) => string {
  const apply = steps.map((step) => functionOf(step, replacements));
  return (text) => apply.reduce((result, one) => one(result), text);
}

function functionOf(step: Normalizer, replacements: Uint8Array): (text: string) => string {
  switch (step.type) {
    case "lowercase":
      return lowerCase;
    case "precompiled": {
      const map = new PrecompiledMap(replacements);
      return (text) => map.apply(text);
    }
    case "unicode":
      return (text) => text.normalize(step.form);
    case "replace": {
      const pattern = new RegExp(step.pattern, "gu");
      return (text) => text.replace(pattern, () => step.by);
    }
    case "prepend":
      return (text) => (text === "" ? text : step.text + text);
    case "strip":
      return stripper(step);
    default:
      return step satisfies never;
  }
}

function stripper({ left, right }: { readonly left: boolean; readonly right: boolean }): (text: string) => string {
  const ends = [left ? `^${whiteSpace}+` : "", right ? `${whiteSpace}+$` : ""].filter((end) => end !== "");
  const pattern = new RegExp(ends.join("|") || "(?!)", "gu");
  return (text) => text.replace(pattern, "");
}

/** Character by character, so that a sigma at the end of a word is one like any other. */
export function lowerCase(text: string): string {
  // oxlint-disable-next-line no-control-regex -- ASCII
  if (/^[\0-\x7f]*$/.test(text)) return text.toLowerCase();
  return Array.from(text, (character) => character.toLowerCase()).join("");
}
