import type { PieceTables } from "./piece-tables.ts";
import { damaged, type Json, show } from "./tokenizer-json.ts";

/** No table of a tokenizer at all. */
const none = {
  characters: new Uint32Array(),
  characterIds: new Uint32Array(),
  lefts: new Uint32Array(),
  rights: new Uint32Array(),
  products: new Uint32Array(),
  ranks: new Uint32Array(),
  starts: new Uint32Array(),
  bytes: new Uint8Array(),
  pieceIds: new Uint32Array(),
  scores: new Float64Array(),
};

/**
 * The tables of `model` in a tokenizer.json, a BPE.
 * @throws ClipfindError MODEL_INVALID when vocabulary and merges contradict each other
 */
export function mergeTables(
  merges: readonly unknown[],
  idOf: ReadonlyMap<string, number>,
  source: string,
): Omit<PieceTables, "byteIds" | "replacements"> {
  const characters = [...idOf]
    .filter(([token]) => token !== "" && String.fromCodePoint(token.codePointAt(0)!) === token)
    .map(([token, id]) => [token.codePointAt(0)!, id] as const)
    .toSorted(([a], [b]) => a - b);

  const find = (token: string, merge: unknown): number => {
    const id = idOf.get(token);
    if (id === undefined) throw damaged(source, `the tokens of the merge ${show(merge)} in the vocabulary`, "none");
    return id;
  };
  const pairs = merges.map((merge) => {
    const [left, right, ...more]: unknown[] =
      typeof merge === "string" ? merge.split(" ") : Array.isArray(merge) ? merge : [];
    if (typeof left !== "string" || typeof right !== "string" || more.length > 0) {
      throw damaged(source, "a merge of two tokens", show(merge));
    }
    return { left: find(left, merge), right: find(right, merge), product: find(left + right, merge) };
  });
  const order = Uint32Array.from(pairs.keys()).toSorted(
    (a, b) => pairs[a]!.left - pairs[b]!.left || pairs[a]!.right - pairs[b]!.right,
  );
  const column = (value: (at: number) => number): Uint32Array => order.map(value);
  return {
    ...none,
    characters: Uint32Array.from(characters, ([point]) => point),
    characterIds: Uint32Array.from(characters, ([, id]) => id),
    lefts: column((at) => pairs[at]!.left),
    rights: column((at) => pairs[at]!.right),
    products: column((at) => pairs[at]!.product),
    ranks: order,
  };
}

/**
 * The tables of `model` in a tokenizer.json, a Unigram.
 * @param vocabulary - pairs of a piece and its score
 * @throws ClipfindError MODEL_INVALID
 */
export function unigramTables(
  vocabulary: readonly unknown[],
  source: string,
): Omit<PieceTables, "byteIds" | "replacements"> {
  const pieces = vocabulary.map((entry, id) => {
    const [piece, score] = Array.isArray(entry) ? (entry as unknown[]) : [];
    if (typeof piece === "string" && typeof score === "number") return { id, score, bytes: Buffer.from(piece) };
    throw damaged(source, "a piece and its score", show(entry));
  });
  const sorted = pieces.filter(({ bytes }) => bytes.length > 0).toSorted((a, b) => Buffer.compare(a.bytes, b.bytes));
  const twin = sorted.find(({ bytes }, at) => at > 0 && bytes.equals(sorted[at - 1]!.bytes));
  if (twin !== undefined) throw damaged(source, "each piece once", show(twin.bytes.toString()));
  const starts = new Uint32Array(sorted.length + 1);
  for (const [at, { bytes }] of sorted.entries()) starts[at + 1] = starts[at]! + bytes.length;
  return {
    ...none,
    starts,
    bytes: Buffer.concat(sorted.map(({ bytes }) => bytes)),
    pieceIds: Uint32Array.from(sorted, ({ id }) => id),
    scores: Float64Array.from(sorted, ({ score }) => score),
  };
}

/** The bytes of a precompiled normalizer's table, empty where there is none. */
export function replacementsOf(steps: readonly Json[], source: string): Uint8Array {
  const [table, ...more] = steps.filter(({ type }) => type === "Precompiled");
  if (table === undefined) return new Uint8Array();
  const text = table["precompiled_charsmap"];
  const bytes = typeof text === "string" ? Uint8Array.from(Buffer.from(text, "base64")) : new Uint8Array();
  const size = bytes.length < 8 ? 0 : new DataView(bytes.buffer).getUint32(0, true);
  if (more.length === 0 && size > 0 && size % 4 === 0 && size + 4 <= bytes.length) return bytes;
  throw damaged(source, "one table of replacements", show(text));
}
