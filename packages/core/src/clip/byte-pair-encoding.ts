/** How a byte-level BPE writes and merges symbols of the kind `S`: token strings, or token ids. */
export interface MergeRules<S> {
  /** The symbol of a byte 0..255, with or without CLIP's end-of-word mark. */
  symbol(byte: number, endsWord: boolean): S;
  /** When this pair was learned: lower is earlier, {@link noMerge} is never. */
  rank(left: S, right: S): number;
  /** What a pair that was learned becomes. */
  merged(left: S, right: S): S;
  /** The token id of a symbol. */
  id(symbol: S): number;
}

/** The rank of a pair that was not learned. */
export const noMerge: number = Number.POSITIVE_INFINITY;

/**
 * Longest word, in UTF-8 bytes, that is encoded whole; of a longer one only its start. No token of CLIP's spans more
 * than 32 bytes, so the 75 tokens that fit into a text come from the first 2,400; the rest is margin.
 */
const maximumWordBytes = 4096;

/**
 * Token ids of one word: its UTF-8 bytes as symbols, of which the adjacent pair that was learned first is merged,
 * leftmost first, until none is left (Sennrich et al. 2016). Quadratic in the word, with a bound on the word.
 */
export function encodeWord<S>(word: string, rules: MergeRules<S>): number[] {
  const bytes = Buffer.from(word, "utf8").subarray(0, maximumWordBytes);
  const symbols = Array.from(bytes, (byte, at) => rules.symbol(byte, at === bytes.length - 1));

  const rank = (at: number): number => (at + 1 < symbols.length ? rules.rank(symbols[at]!, symbols[at + 1]!) : noMerge);
  /** ranks[i] is the rank of the pair (symbols[i], symbols[i + 1]). */
  const ranks = symbols.map((_, at) => rank(at));

  for (;;) {
    let best = 0;
    for (let at = 1; at < ranks.length; at++) if (ranks[at]! < ranks[best]!) best = at;
    if (ranks[best] === noMerge) break;
    symbols.splice(best, 2, rules.merged(symbols[best]!, symbols[best + 1]!));
    ranks.splice(best + 1, 1);
    ranks[best] = rank(best);
    if (best > 0) ranks[best - 1] = rank(best - 1);
  }
  return symbols.map((symbol) => rules.id(symbol));
}
