import type { PieceRules } from "./piece-rules.ts";
import type { PieceTables } from "./piece-tables.ts";

/** A function for the ids of a run of characters that are no tokens: of their bytes, or of the unknown token. */
export function unknownIds(
  { byteFallback, fuseUnknown, unknown }: PieceRules,
  { byteIds }: Pick<PieceTables, "byteIds">,
): (characters: string) => number[] {
  if (byteFallback && byteIds.length === 256) {
    return (characters) => Array.from(Buffer.from(characters), (byte) => byteIds[byte]!);
  }
  return (characters) => {
    if (unknown === undefined || characters === "") return [];
    return fuseUnknown ? [unknown] : Array.from(characters, () => unknown);
  };
}
