/** What right and wrong pairs of text and photo score, with one model, over photos of one library. */
export interface Calibration {
  /** Scores at the borders between steps, rising. */
  readonly borders: readonly number[];
  /** Per step, one more than borders, rising: how many times likelier such a score is of a right pair than of a wrong one. */
  readonly ratios: readonly number[];
}

const steps = 64;
/** Added to both counts of a step, so that none is without evidence. */
const doubt = 0.5;
/** The share of photos taken to show one of the things (docs/relevance.md says what other shares do). */
const showing = 0.9;

/**
 * Measures a calibration from reference texts: everyday things, of which a photo shows one or none or a few.
 * Of a photo's scores the best is taken for a right pair and those outside its best tenth for wrong ones.
 * @param photos - per photo of a sample its scores with the same reference texts, 10 or more
 * @returns undefined without photos
 */
export function calibrate(photos: readonly (readonly number[])[]): Calibration | undefined {
  const right: number[] = [];
  const wrong: number[] = [];
  for (const scores of photos) {
    const sorted = scores.toSorted((a, b) => b - a);
    if (sorted.length < 10) continue;
    right.push(sorted[0] as number);
    wrong.push(...sorted.slice(Math.ceil(sorted.length / 10)));
  }
  if (right.length === 0) return undefined;
  // Many a photo shows none of the things: its best score is as wrong as the others.
  const shown = right.toSorted((a, b) => b - a).slice(0, Math.ceil(right.length * showing));
  // Half of the borders by the wrong pairs, half by the right ones: steps are narrow wherever there are scores.
  const borders = [wrong, shown]
    .flatMap((scores) => {
      const sorted = scores.toSorted((a, b) => a - b);
      return Array.from(
        { length: steps / 2 },
        (_, i) => sorted[Math.floor(((i + 0.5) * sorted.length) / (steps / 2))] as number,
      );
    })
    .toSorted((a, b) => a - b)
    .filter((border, i, all) => i === 0 || border > (all[i - 1] as number));
  const [rights, wrongs] = [shown, wrong].map((scores) => histogram(scores, borders)) as [number[], number[]];
  const pieces = rights.map((count, i) => ({
    right: (count + doubt) / (shown.length + doubt),
    wrong: (wrongs[i]! + doubt) / (wrong.length + doubt),
    steps: 1,
  }));
  return { borders, ratios: rising(pieces) };
}

/** Which step a score is in. */
export function stepOf(score: number, borders: readonly number[]): number {
  let [low, end] = [0, borders.length];
  while (low < end) {
    const middle = (low + end) >> 1;
    if ((borders[middle] as number) <= score) low = middle + 1;
    else end = middle;
  }
  return low;
}

function histogram(scores: readonly number[], borders: readonly number[]): number[] {
  const counts = Array.from({ length: borders.length + 1 }, () => 0);
  for (const score of scores) counts[stepOf(score, borders)]!++;
  return counts;
}

/** Ratios of right to wrong that never fall from one step to the next: neighbours that do are pooled. */
function rising(all: readonly { right: number; wrong: number; steps: number }[]): number[] {
  const pieces: { right: number; wrong: number; steps: number }[] = [];
  for (let piece of all) {
    for (let last = pieces.at(-1); last !== undefined; last = pieces.at(-1)) {
      if (last.right / last.wrong < piece.right / piece.wrong) break;
      pieces.pop();
      piece = { right: last.right + piece.right, wrong: last.wrong + piece.wrong, steps: last.steps + piece.steps };
    }
    pieces.push(piece);
  }
  return pieces.flatMap(({ right, wrong, steps: count }) => Array.from({ length: count }, () => right / wrong));
}
