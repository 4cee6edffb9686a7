import { ClipfindError } from "@clipfind/core/errors";
import { type HitFieldName, type RankedHit, hitFields } from "./hit-fields.ts";

/** A template, read. */
export type Template = readonly (string | { readonly field: HitFieldName })[];

const escapes: Readonly<Record<string, string>> = { t: "\t", n: "\n", r: "\r", "0": "\0", "\\": "\\" };

/**
 * Reads what --format was given: {field}, the escapes \t \n \r \0 \\, and {{ and }} for braces.
 * @throws ClipfindError INVALID_ARGUMENT where it is none, with what there is
 */
export function parseTemplate(template: string): Template {
  const parts: (string | { field: HitFieldName })[] = [];
  for (const [whole, escaped, brace, name] of template.matchAll(/\\(.?)|(\{\{|\}\})|\{([^{}]*)\}|[^\\{}]+|[{}]/gsu)) {
    if (escaped !== undefined) {
      const meant = escapes[escaped];
      if (meant === undefined) throw wrong("an escape", whole, String.raw`\t \n \r \0 \\`);
      parts.push(meant);
    } else if (brace !== undefined) {
      parts.push(brace[0] as string);
    } else if (name !== undefined) {
      if (!Object.hasOwn(hitFields, name)) throw wrong("a field", whole, fieldList());
      parts.push({ field: name as HitFieldName });
    } else if (whole === "{" || whole === "}") {
      throw wrong("a field", `a single ${whole}`, `${fieldList()}, and ${whole}${whole} for the brace itself`);
    } else {
      parts.push(whole);
    }
  }
  return parts;
}

/** The text of a hit. A line end follows, unless the template ends in one or in a zero byte. */
export function filledTemplate(template: Template, ranked: RankedHit): string {
  const text = template.map((part) => (typeof part === "string" ? part : hitFields[part.field].text(ranked))).join("");
  const last = template.at(-1);
  return typeof last === "string" && /[\n\0]$/.test(last) ? text : `${text}\n`;
}

function fieldList(): string {
  return Object.keys(hitFields)
    .map((name) => `{${name}}`)
    .join(" ");
}

function wrong(expected: string, found: string, known: string): ClipfindError {
  return new ClipfindError("INVALID_ARGUMENT", `Expected ${expected} in --format, found ${found}`, {
    hint: `There are ${known}`,
  });
}
