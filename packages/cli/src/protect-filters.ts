import { filterKeys } from "@clipfind/core/query-language";

const negated = new RegExp(`^-((?:${filterKeys.join("|")}):.*)$`, "su");

/** Words in which -tag:x, which looks like an option, is NOT tag:x; what follows -- is left as it is. */
export function protectFilters(args: readonly string[]): string[] {
  const end = args.indexOf("--");
  return args.flatMap((word, at) => {
    const filter = end < 0 || at < end ? negated.exec(word)?.[1] : undefined;
    return filter === undefined ? [word] : ["NOT", filter];
  });
}
