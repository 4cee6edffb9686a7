import type { Measurement } from "./measurement.ts";

/** One query's photos, best first: whether each is right, its score, its confidence. */
export interface Judged {
  readonly right: readonly boolean[];
  readonly scores: readonly number[];
  readonly confidences: readonly number[];
}

type Way = (query: Judged) => number;

/**
 * What ways to choose how many photos are shown find of the right ones; queries are told apart by how many of the photos
 * are right. F1 is also given as its mean difference to ten hits, with the standard error of that mean.
 * @param half - from so many right photos on a query counts as one for a large part of them
 */
export function measureWays(queries: readonly Judged[], subject: string, half: number): Measurement[] {
  const thresholds = Array.from({ length: 120 }, (_, i) => i / 200);
  const fixed =
    (at: number): Way =>
    (query) =>
      query.scores.filter((score) => score >= at).length;
  const best = thresholds.reduce((a, b) => (meanF1(queries, fixed(a)) >= meanF1(queries, fixed(b)) ? a : b));
  const auto: Way = ({ confidences }) => confidences.filter((it) => it >= 0.5).length;
  const ways = {
    "top 10": () => 10,
    [`fixed ${best}, the best`]: fixed(best),
    auto,
    // What a terminal shows unless told otherwise (packages/cli/src/display-limit.ts).
    "auto, 5 to 20": (query: Judged) => Math.min(20, Math.max(5, auto(query))),
  };
  const kinds = {
    "no right photo": queries.filter((it) => rightOf(it) === 0),
    "1 to 15 right photos": queries.filter((it) => rightOf(it) > 0 && rightOf(it) <= 15),
    "16 and more": queries.filter((it) => rightOf(it) > 15 && rightOf(it) < half),
    "half of the photos": queries.filter((it) => rightOf(it) >= half),
    "any right photo": queries.filter((it) => rightOf(it) > 0),
  };
  return Object.entries(kinds).flatMap(([kind, some]): Measurement[] => {
    if (some.length === 0) return [];
    const details = Object.entries(ways).map(([way, shownOf]) => {
      const mean = (of: (query: Judged) => number): string =>
        (some.reduce((sum, query) => sum + of(query), 0) / some.length).toFixed(2);
      const precision = mean((query) => ratio(hitsIn(query, shownOf), shownOf(query)));
      const recall = mean((query) => ratio(hitsIn(query, shownOf), rightOf(query)));
      const gain = spread(some.map((query) => f1(query, shownOf) - f1(query, ways["top 10"] as Way)));
      return [way, `precision ${precision}, recall ${recall}, ${mean(shownOf)} shown, F1 against ten ${gain}`];
    });
    const value = some.reduce((sum, query) => sum + auto(query), 0) / some.length;
    const what = `cut-off, ${kind} ${subject}, ${some.length} queries`;
    return [{ subject: what, value, unit: "photos shown", ratios: {}, details: Object.fromEntries(details) }];
  });
}

function rightOf({ right }: Judged): number {
  return right.filter(Boolean).length;
}

function hitsIn(query: Judged, shownOf: Way): number {
  return query.right.slice(0, shownOf(query)).filter(Boolean).length;
}

function ratio(part: number, of: number): number {
  return of === 0 ? 0 : part / of;
}

function f1(query: Judged, shownOf: Way): number {
  return ratio(2 * hitsIn(query, shownOf), shownOf(query) + rightOf(query));
}

function meanF1(queries: readonly Judged[], shownOf: Way): number {
  const all = queries.filter(({ right }) => right.includes(true));
  return all.reduce((total, query) => total + f1(query, shownOf), 0) / all.length;
}

/** Mean and its standard error. */
function spread(values: readonly number[]): string {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const square = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  return `${mean >= 0 ? "+" : ""}${mean.toFixed(3)} ± ${Math.sqrt(square / values.length).toFixed(3)}`;
}
