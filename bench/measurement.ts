/** One figure of a benchmark. */
export interface Measurement {
  /** What was measured, with its size. */
  readonly subject: string;
  readonly value: number;
  readonly unit: string;
  /** How many times better than each peer of the same run (above 1: better). */
  readonly ratios: Readonly<Record<string, number>>;
}

/** The fastest of `rounds` runs, in milliseconds: on a shared machine the least disturbed one. */
export async function fastest(rounds: number, run: () => unknown): Promise<number> {
  let best = Infinity;
  for (let round = 0; round < rounds; round++) {
    const started = performance.now();
    // Rounds must not overlap.
    await run();
    best = Math.min(best, performance.now() - started);
  }
  return best;
}
