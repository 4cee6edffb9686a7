import type { PieceRules } from "./piece-rules.ts";
import type { PieceTables } from "./piece-tables.ts";
import { unknownIds } from "./unknown-ids.ts";

/** How much less likely an unknown character is than the least likely piece (SentencePiece's kUnkPenalty). */
const unknownPenalty = 10;

/**
 * Splits a part into the pieces whose scores have the greatest sum (Viterbi). Of equal sums the one found first counts, as
 * in the `tokenizers` library, whose order of sums this is: floating point is not associative.
 */
export function pieceChooser(rules: PieceRules, tables: PieceTables): (part: string) => number[] {
  const { starts, bytes, pieceIds, scores } = tables;
  const count = pieceIds.length;
  const ofUnknown = unknownIds(rules, tables);
  let least = Number.POSITIVE_INFINITY;
  for (const score of scores) if (score < least) least = score;
  const unknownScore = least - unknownPenalty;

  /** The first piece of low..high whose byte at `depth` is `byte` or more; pieces that end there come first. */
  const firstWith = (low: number, high: number, depth: number, byte: number): number => {
    let [from, to] = [low, high];
    while (from < to) {
      const middle = (from + to) >>> 1;
      const at = starts[middle]! + depth;
      if (at >= starts[middle + 1]! || bytes[at]! < byte) from = middle + 1;
      else to = middle;
    }
    return from;
  };

  return (part) => {
    const text = Buffer.from(part);
    const size = text.length;
    const best = new Float64Array(size + 1);
    /** Where the best piece that ends here begins, −1 for none; which it is, −1 for an unknown character. */
    const from = new Int32Array(size + 1).fill(-1);
    const piece = new Int32Array(size + 1).fill(-1);
    const offer = (start: number, end: number, score: number, index: number): void => {
      const sum = score + best[start]!;
      if (from[end] !== -1 && !(sum > best[end]!)) return;
      best[end] = sum;
      from[end] = start;
      piece[end] = index;
    };

    for (let start = 0; start < size;) {
      const length = characterBytes(text[start]!);
      let isKnown = false;
      let [low, high] = [0, count];
      for (let depth = 0; start + depth < size; depth++) {
        const byte = text[start + depth]!;
        low = firstWith(low, high, depth, byte);
        high = firstWith(low, high, depth, byte + 1);
        if (low === high) break;
        // Sorted: the one that ends here is the first.
        if (starts[low + 1]! - starts[low]! !== depth + 1) continue;
        offer(start, start + depth + 1, scores[low]!, low);
        isKnown ||= depth + 1 === length;
      }
      if (!isKnown) offer(start, start + length, unknownScore, -1);
      start += length;
    }

    const ids: number[] = [];
    /** The run of unknown characters before which the path has come, from its end backwards. */
    let unknownEnd = -1;
    const flush = (start: number): void => {
      if (unknownEnd !== -1) ids.push(...ofUnknown(text.toString("utf8", start, unknownEnd)).toReversed());
      unknownEnd = -1;
    };
    let end = size;
    for (; end > 0; end = from[end]!) {
      if (piece[end] === -1) {
        if (unknownEnd === -1) unknownEnd = end;
      } else {
        flush(end);
        ids.push(pieceIds[piece[end]!]!);
      }
    }
    flush(0);
    return ids.toReversed();
  };
}

/** How many bytes the character has that begins with `byte`, in UTF-8. */
function characterBytes(byte: number): number {
  if (byte < 0x80) return 1;
  return byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
}
