import { filterKeys } from "@clipfind/core/query-language";

const negated = new RegExp(`^-((?:${filterKeys.join("|")}):.*)$`, "su");

/** Begins as an option does, and has blanks before any value. */
const text = /^-[^=]*\s/u;

/**
 * Words in which what only looks like an option is none: -tag:x is NOT tag:x, and "-5 degrees" is part of a line. What follows
 * -- is left as it is.
 */
export function protectFilters(args: readonly string[]): string[] {
  const end = args.indexOf("--");
  return args.flatMap((word, at) => {
    if (end >= 0 && at >= end) return [word];
    const filter = negated.exec(word)?.[1];
    if (filter !== undefined) return ["NOT", filter];
    return [text.test(word) ? ` ${word}` : word];
  });
}
