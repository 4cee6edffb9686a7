/** A seeded source of numbers; the same seed gives the same sequence on every machine. */
export interface Random {
  /** A number in [0, 1). */
  readonly next: () => number;
  /** A number in [low, high). */
  readonly between: (low: number, high: number) => number;
  /** True with this probability. */
  readonly chance: (probability: number) => boolean;
  /** One of the values, all equally likely. Throws where there is none. */
  readonly pick: <T>(values: readonly T[]) => T;
}

/** Mixes numbers and words into an unsigned 32-bit hash (FNV-1a over the text, then murmur3's finaliser). */
export function hash(...parts: readonly (number | string)[]): number {
  let h = 0x811c9dc5;
  for (const character of parts.join("|")) h = Math.imul(h ^ (character.codePointAt(0) ?? 0), 0x01000193);
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** Makes a {@link Random} from an integer seed (mulberry32). */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  return {
    next,
    between: (low, high) => low + next() * (high - low),
    chance: (probability) => next() < probability,
    pick: (values) => {
      const value = values[Math.floor(next() * values.length)];
      if (value === undefined) throw new Error("Nothing to pick from: the list of values is empty");
      return value;
    },
  };
}
