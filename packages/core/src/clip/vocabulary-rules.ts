import { type MergeRules, noMerge } from "./byte-pair-encoding.ts";
import { byteSymbols, endOfWord } from "./byte-symbols.ts";
import type { Vocabulary } from "./read-vocabulary.ts";

/**
 * The merge rules as a `tokenizer.json` has them: symbols are the tokens' strings. The n-th merge made the token
 * firstMergeId + n, so the vocabulary already knows its place: a table of 48,894 pairs would cost 20 ms to fill.
 */
export function vocabularyRules({ ids, merges, firstMergeId }: Vocabulary): MergeRules<string> {
  return {
    symbol: (byte, endsWord) => (endsWord ? byteSymbols[byte]! + endOfWord : byteSymbols[byte]!),
    rank: (left, right) => {
      const id = ids[left + right];
      if (id === undefined) return noMerge;
      const merge = merges[id - firstMergeId];
      // "ab" + "c" may spell a token that "a" + "bc" made.
      return merge !== undefined && (typeof merge === "string" ? merge === `${left} ${right}` : merge[0] === left)
        ? id
        : noMerge;
    },
    merged: (left, right) => left + right,
    id: (symbol) => ids[symbol]!,
  };
}
