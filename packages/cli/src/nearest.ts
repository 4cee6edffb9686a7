import { distance } from "fastest-levenshtein";

/** What differs in a third of its letters at most. */
export function nearest(word: string, others: readonly string[]): string | undefined {
  const [best] = others
    .map((other) => ({ other, off: distance(word.toLowerCase(), other) }))
    .toSorted((a, b) => a.off - b.off);
  return best !== undefined && best.off <= Math.max(1, Math.floor(best.other.length / 3)) ? best.other : undefined;
}
