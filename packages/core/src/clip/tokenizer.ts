import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { ClipfindError } from "../errors.ts";
import { encodeWord, type MergeRules } from "./byte-pair-encoding.ts";
import { cleanText } from "./clean-text.ts";
import { unpackMerges } from "./merges-table.ts";
import { readVocabulary } from "./read-vocabulary.ts";
import { vocabularyRules } from "./vocabulary-rules.ts";

/** A text as the text tower reads it. */
export interface Tokens {
  /** Start token, the words' tokens, end token; at most the context length, without padding. */
  readonly ids: readonly number[];
  /** Whether something of the text did not fit. */
  readonly truncated: boolean;
}

/** Turns texts into token ids; pure, and reusable for any number of texts. */
export interface Tokenizer {
  encode(text: string): Tokens;
}

/**
 * Longest text looked at, in UTF-16 units; the rest counts as truncated. CLIP's 75 tokens span 2,400 bytes at most, so
 * it is what always suffices, and it bounds the work on a megabyte pasted by accident (Unicode normalisation of
 * combining marks is quadratic: 3 s at 100,000, 30 ms at this).
 */
const maximumLength = 10_000;

/** Words remembered with their tokens, after which new ones are encoded each time. */
const maximumWords = 10_000;

/**
 * CLIP's words: contractions, runs of letters, single digits, runs of anything else. After cleaning, the space is the
 * only white space left. The two special tokens are open_clip's spellings.
 */
const wordPattern = /<start_of_text>|<end_of_text>|'s|'t|'re|'ve|'m|'ll|'d|\p{L}+|\p{N}|[^ \p{L}\p{N}]+/giu;

/**
 * Makes the tokenizer of a CLIP model from the content of its `tokenizer.json`: the ids equal those of open_clip's
 * SimpleTokenizer but for what {@link cleanText} and the bounds on text and word length leave out.
 *
 * @param contextLength - most tokens of a text, start and end included
 * @param source - where the JSON came from, for the messages
 * @throws ClipfindError MODEL_INVALID when it is not a CLIP vocabulary
 */
export function createTokenizer(json: string, contextLength: number, source: string): Tokenizer {
  const vocabulary = readVocabulary(json, source);
  return tokenizerOf(vocabulary, vocabularyRules(vocabulary), contextLength);
}

function tokenizerOf<S>(
  { startId, endId }: { readonly startId: number; readonly endId: number },
  rules: MergeRules<S>,
  contextLength: number,
): Tokenizer {
  const known = new Map<string, readonly number[]>([
    ["<start_of_text>", [startId]],
    ["<end_of_text>", [endId]],
  ]);

  const idsOf = (word: string): readonly number[] => {
    let ids = known.get(word);
    if (ids !== undefined) return ids;
    ids = encodeWord(word, rules);
    if (known.size < maximumWords) known.set(word, ids);
    return ids;
  };

  return {
    encode(text) {
      const head = text.length > maximumLength ? text.trimStart().slice(0, maximumLength) : text;
      const ids = [startId];
      for (const [word] of cleanText(head).matchAll(wordPattern)) {
        ids.push(...idsOf(word));
        if (ids.length >= contextLength) break;
      }
      const truncated = ids.length >= contextLength || text.length > maximumLength;
      ids.length = Math.min(ids.length, contextLength - 1);
      ids.push(endId);
      return { ids, truncated };
    },
  };
}

/**
 * Reads a `tokenizer.json`, which takes about 60 ms for CLIP's 4 MB, or the `merges.bin` that was compiled from one,
 * which takes one, and makes its tokenizer.
 *
 * @throws ClipfindError MODEL_NOT_FOUND when the file cannot be read, MODEL_INVALID when it is not a CLIP vocabulary
 */
export function loadTokenizer(path: string, contextLength: number): Tokenizer {
  let content: Buffer;
  try {
    content = readFileSync(path);
  } catch (cause) {
    throw new ClipfindError("MODEL_NOT_FOUND", `${path}: expected a readable ${basename(path)}, could not read it.`, {
      hint: "Copy the model directory again; docs/models.md lists its files.",
      cause,
    });
  }
  if (!path.endsWith(".bin")) return createTokenizer(content.toString("utf8"), contextLength, path);
  const table = unpackMerges(content, path);
  return tokenizerOf(table, table.rules, contextLength);
}
