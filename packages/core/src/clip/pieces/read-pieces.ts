import { mergeTables, replacementsOf, unigramTables } from "./build-tables.ts";
import type { AddedToken, Cleaning, PieceRules } from "./piece-rules.ts";
import type { PieceTables } from "./piece-tables.ts";
import { contentOf, endsOf } from "./read-ends.ts";
import { normalizersOf, splittersOf } from "./read-steps.ts";
import { damaged, isJson, type Json, show, stepsOf, unsupportedTokenizer } from "./tokenizer-json.ts";

/**
 * Reads a tokenizer.json of SentencePiece's kinds (BPE over characters, Unigram) in the layout of the `tokenizers`
 * library. What it does not know it refuses: no text is ever tokenized in another way than the model was trained with.
 *
 * @param config - tokenizer_config.json, {} where there is none
 * @param clean - what is done to a text before
 * @throws ClipfindError MODEL_INVALID
 */
export function readPieces(
  root: Json,
  config: Json,
  clean: Cleaning,
  source: string,
): { rules: PieceRules; tables: PieceTables } {
  const model = isJson(root["model"]) ? root["model"] : {};
  const { type, vocab, merges } = model;
  const isUnigram = type === "Unigram" && Array.isArray(vocab);
  const isBpe = type === "BPE" && isJson(vocab) && Array.isArray(merges);
  if (!isUnigram && !isBpe) throw unsupportedTokenizer(source, `the model ${show(type)}`);
  for (const key of ["dropout", "continuing_subword_prefix", "end_of_word_suffix", "ignore_merges"]) {
    const value = model[key];
    if (value !== undefined && value !== null && value !== false && value !== "")
      throw unsupportedTokenizer(source, `${key} ${show(value)}`);
  }
  const added = addedTokens(root["added_tokens"], source);
  const ids = isUnigram
    ? new Map(vocab.map((entry: unknown, id) => [String(Array.isArray(entry) ? entry[0] : entry), id]))
    : vocabularyIds(vocab as Json, source);
  const idOf = (token: string): number => {
    const id = added.find(({ content }) => content === token)?.id ?? ids.get(token);
    if (id === undefined) throw damaged(source, `the token ${show(token)}`, "none");
    return id;
  };
  const byteIds = Array.from({ length: 256 }, (_, byte) =>
    ids.get(`<0x${byte.toString(16).toUpperCase().padStart(2, "0")}>`),
  ).filter((id) => id !== undefined);
  const byteFallback = model["byte_fallback"] === true;
  if (byteFallback && byteIds.length !== 256) throw damaged(source, "256 tokens for bytes", `${byteIds.length}`);

  const unknown = isUnigram ? model["unk_id"] : model["unk_token"];
  const padded = isJson(root["padding"]) ? root["padding"]["pad_id"] : undefined;
  const padding = contentOf(config["pad_token"]) ?? (ids.has("<pad>") ? "<pad>" : undefined);
  return {
    rules: {
      model: isUnigram ? "unigram" : "bpe",
      clean,
      normalizers: normalizersOf(root["normalizer"], source),
      splitters: splittersOf(root["pre_tokenizer"], source),
      added,
      unknown: typeof unknown === "number" ? unknown : typeof unknown === "string" ? idOf(unknown) : undefined,
      fuseUnknown: isUnigram || model["fuse_unk"] === true,
      byteFallback,
      ...endsOf(root["post_processor"], idOf, config, source),
      padding: padding !== undefined ? idOf(padding) : typeof padded === "number" ? padded : 0,
    },
    tables: {
      ...(isUnigram ? unigramTables(vocab, source) : mergeTables(merges as unknown[], ids, source)),
      byteIds: Uint32Array.from(byteFallback ? byteIds : []),
      replacements: replacementsOf(stepsOf(root["normalizer"], "normalizers"), source),
    },
  };
}

function vocabularyIds(vocab: Json, source: string): Map<string, number> {
  const ids = new Map<string, number>();
  for (const [token, id] of Object.entries(vocab)) {
    if (!Number.isInteger(id) || (id as number) < 0 || (id as number) >= 2 ** 32) {
      throw damaged(source, `an id for the token ${show(token)}`, show(id));
    }
    ids.set(token, id as number);
  }
  return ids;
}

function addedTokens(value: unknown, source: string): AddedToken[] {
  if (!Array.isArray(value)) return [];
  return value.map((token: unknown) => {
    const { id, content, normalized, lstrip, rstrip, single_word: isWord } = isJson(token) ? token : {};
    if (!Number.isInteger(id) || typeof content !== "string" || content === "") {
      throw damaged(source, "a token and its id", show(token));
    }
    if (isWord === true) throw unsupportedTokenizer(source, `the token ${show(content)}, which is a word of its own`);
    return {
      id: id as number,
      content,
      normalized: normalized === true,
      left: lstrip === true,
      right: rstrip === true,
    };
  });
}
