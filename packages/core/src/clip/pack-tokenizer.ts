import { readFileSync } from "node:fs";
import { ClipfindError } from "../errors.ts";
import type { TokenizerKind } from "../models/model-manifest.ts";
import { packMerges } from "./merges-table.ts";
import { packPieces } from "./pieces/piece-file.ts";
import type { Cleaning } from "./pieces/piece-rules.ts";
import { readPieces } from "./pieces/read-pieces.ts";
import { isJson, type Json, parseTokenizerJson } from "./pieces/tokenizer-json.ts";
import { readVocabulary } from "./read-vocabulary.ts";

export type { Cleaning } from "./pieces/piece-rules.ts";

/** What a model's publishers say of its tokenizer beside tokenizer.json. */
export interface TokenizerSettings {
  /** How texts are cleaned before; undefined where the tokenizer can only be CLIP's. */
  readonly clean: Cleaning | undefined;
  /** The content of tokenizer_config.json, where there is one. */
  readonly config: Json;
}

/** A tokenizer as a file that loads in milliseconds. */
export interface PackedTokenizer {
  readonly kind: TokenizerKind;
  /** For merges.bin or pieces.bin. */
  readonly bytes: Uint8Array;
  /** Id of the token that fills up a text. */
  readonly padding: number;
}

/**
 * Makes the table of a tokenizer.json: CLIP's where it is one or must be, else that of SentencePiece's kinds.
 * @throws ClipfindError MODEL_NOT_FOUND when it cannot be read, MODEL_INVALID when it is none that clipfind reads
 */
export function packTokenizer(path: string, { clean, config }: TokenizerSettings): PackedTokenizer {
  let json: string;
  try {
    json = readFileSync(path, "utf8");
  } catch (cause) {
    throw new ClipfindError("MODEL_NOT_FOUND", `${path}: expected a readable file of the model.`, {
      hint: "Copy or pull the model again.",
      cause,
    });
  }
  const root = clean === undefined ? undefined : parseTokenizerJson(json, path);
  if (clean === undefined || root === undefined || isClip(root)) {
    return { kind: "clip-bpe", bytes: packMerges(readVocabulary(json, path), path), padding: 0 };
  }
  const { rules, tables } = readPieces(root, config, clean, path);
  return { kind: "sentencepiece", bytes: packPieces(rules, tables), padding: rules.padding };
}

function isClip(root: Json): boolean {
  const vocabulary = isJson(root["model"]) ? root["model"]["vocab"] : undefined;
  const added = Array.isArray(root["added_tokens"]) ? (root["added_tokens"] as unknown[]) : [];
  const start = "<|startoftext|>";
  return (
    (isJson(vocabulary) && vocabulary[start] !== undefined) ||
    added.some((token) => isJson(token) && token["content"] === start)
  );
}
