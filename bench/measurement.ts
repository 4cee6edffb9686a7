/** One figure of a benchmark. */
export interface Measurement {
  /** What was measured, with its size. */
  readonly subject: string;
  readonly value: number;
  readonly unit: string;
  /** How many times better than each peer of the same run (above 1: better). */
  readonly ratios: Readonly<Record<string, number>>;
  /** What the ratio against a peer is to be at least. */
  readonly bars?: Readonly<Record<string, number>>;
  /** What else is worth knowing about it. */
  readonly details?: Readonly<Record<string, number | string>>;
}

/**
 * The fastest of `rounds` runs of each contestant, in milliseconds: on a shared machine the least disturbed one. They
 * take turns, so that a busy minute hits all of them. A contestant returns the milliseconds it took.
 */
export async function race<Name extends string>(
  rounds: number,
  contestants: Readonly<Record<Name, () => Promise<number>>>,
): Promise<Record<Name, number>> {
  const names = Object.keys(contestants) as Name[];
  const best = Object.fromEntries(names.map((name) => [name, Infinity])) as Record<Name, number>;
  for (let round = 0; round < rounds; round++) {
    for (const name of names) best[name] = Math.min(best[name], await contestants[name]());
  }
  return best;
}

/** How many milliseconds a call takes. */
export async function milliseconds(run: () => unknown): Promise<number> {
  const started = performance.now();
  await run();
  return performance.now() - started;
}
