import { byteSymbols } from "./byte-symbols.ts";
import type { Vocabulary } from "./read-vocabulary.ts";

/** What CLIP appends to the last symbol of a word. */
const endOfWord = "</w>";

/**
 * Longest word, in UTF-8 bytes, that is encoded whole; of a longer one only its start. No token of CLIP's spans more
 * than 32 bytes, so the 75 tokens that fit into a text come from the first 2,400; the rest is margin.
 */
const maximumWordBytes = 4096;

const noMerge = Number.POSITIVE_INFINITY;

/**
 * Token ids of one word: its UTF-8 bytes as symbols, of which the adjacent pair that was learned first is merged,
 * leftmost first, until none is left (Sennrich et al. 2016). Quadratic in the word, with a bound on the word.
 */
export function encodeWord(word: string, vocabulary: Vocabulary): number[] {
  const bytes = Buffer.from(word, "utf8").subarray(0, maximumWordBytes);
  const symbols = Array.from(bytes, (byte) => byteSymbols[byte]!);
  symbols[symbols.length - 1] += endOfWord;

  const rank = (at: number): number =>
    at + 1 < symbols.length ? mergeRank(vocabulary, symbols[at]!, symbols[at + 1]!) : noMerge;
  /** ranks[i] is the rank of the pair (symbols[i], symbols[i + 1]). */
  const ranks = symbols.map((_, at) => rank(at));

  for (;;) {
    let best = 0;
    for (let at = 1; at < ranks.length; at++) if (ranks[at]! < ranks[best]!) best = at;
    if (ranks[best] === noMerge) break;
    symbols.splice(best, 2, symbols[best]! + symbols[best + 1]!);
    ranks.splice(best + 1, 1);
    ranks[best] = rank(best);
    if (best > 0) ranks[best - 1] = rank(best - 1);
  }
  return symbols.map((symbol) => vocabulary.ids[symbol]!);
}

/**
 * Place of a pair in the list of merges. The n-th merge made the token firstMergeId + n, so the vocabulary already
 * knows it: a table of 48,894 pairs would cost 20 ms to fill at each start.
 */
function mergeRank({ ids, merges, firstMergeId }: Vocabulary, left: string, right: string): number {
  const id = ids[left + right];
  if (id === undefined) return noMerge;
  const merge = merges[id - firstMergeId];
  // "ab" + "c" may spell a token that "a" + "bc" made.
  return merge !== undefined && (typeof merge === "string" ? merge === `${left} ${right}` : merge[0] === left)
    ? id
    : noMerge;
}
