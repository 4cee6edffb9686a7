import { byteSymbols } from "../../src/clip/byte-symbols.ts";

/**
 * A `tokenizer.json` of CLIP's layout with five merges: "cat" is one token, "cats" is "cat" without word end and "s".
 * Byte symbols have the ids 0..255, with word end 256..511, merges from 512 on, start 517, end 518.
 */
export function tinyTokenizer(mergesAs: "pairs" | "strings" = "pairs"): string {
  const merges: Array<[string, string]> = [
    ["c", "a"],
    ["ca", "t</w>"],
    ["ca", "t"],
    ["a", "t</w>"],
    ["Ã", "©</w>"],
  ];
  const tokens = [
    ...byteSymbols,
    ...byteSymbols.map((symbol) => `${symbol}</w>`),
    ...merges.map((merge) => merge.join("")),
    "<|startoftext|>",
    "<|endoftext|>",
  ];
  return JSON.stringify({
    version: "1.0",
    model: {
      type: "BPE",
      vocab: Object.fromEntries(tokens.map((token, id) => [token, id])),
      merges: mergesAs === "pairs" ? merges : merges.map((merge) => merge.join(" ")),
    },
  });
}
