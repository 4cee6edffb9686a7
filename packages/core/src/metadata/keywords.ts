import type { Statements } from "../photo-statements.ts";
import { cleanLine } from "./clean-text.ts";

/** More than this is nobody's. */
const mostKeywords = 1000;
/** Where keywords are written, the first that is there counts. */
const flat = ["dc:subject", "iptc:Keywords", "MicrosoftPhoto:LastKeywordXMP"];
/** Where they are written as paths, and what divides these. */
const hierarchical = [
  ["lr:hierarchicalSubject", "|"],
  ["digiKam:TagsList", "/"],
] as const;

/**
 * Keywords, each once. A path such as "Places|Munich" counts as "Places/Munich" and as "Munich", beside what is written
 * flat. Undefined where there is no list, empty where there is an empty one.
 */
export function keywordsOf(statements: Statements): readonly string[] | undefined {
  const windows = statements.get("exif:XPKeywords")?.[0]?.split(";");
  const words = flat.map((name) => statements.get(name)).find((list) => list !== undefined) ?? windows;
  const paths = hierarchical.flatMap(([name, divider]) =>
    (statements.get(name) ?? []).slice(0, mostKeywords).flatMap((path) => {
      const levels = path.split(divider).flatMap((level) => cleanLine(level) ?? []);
      return levels.length > 1 ? [levels.at(-1)!, levels.join("/")] : levels;
    }),
  );
  if (words === undefined && !hierarchical.some(([name]) => statements.has(name))) return undefined;
  const all = [...(words ?? []).slice(0, mostKeywords), ...paths].flatMap((word) => cleanLine(word) ?? []);
  return [...new Set(all)].slice(0, mostKeywords);
}
