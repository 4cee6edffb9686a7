import type { SearchResult } from "@clipfind/core";

/** Photos that are printed where nobody says how many. */
export const defaultLimit = 10;
/** Fewest and most that a terminal shows where confidences divide them (docs/relevance.md says why). */
export const [leastDisplayed, mostDisplayed] = [5, 20];

/**
 * What a terminal shows of the best photos, {@link mostDisplayed} of them, where nobody says how many: the strong ones,
 * though never fewer than five; ten where there are no confidences.
 */
export function displayedHits({ hits, cutoff }: Pick<SearchResult, "hits" | "cutoff">): SearchResult["hits"] {
  if (cutoff === undefined) return hits.slice(0, defaultLimit);
  const strong = hits.filter(({ confidence = 0 }) => confidence >= cutoff).length;
  return hits.slice(0, Math.max(leastDisplayed, strong));
}
