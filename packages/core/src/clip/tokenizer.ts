import { readFileSync } from "node:fs";
import { ClipfindError } from "../errors.ts";
import { encodeWord } from "./byte-pair-encoding.ts";
import { cleanText } from "./clean-text.ts";
import { readVocabulary } from "./read-vocabulary.ts";

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
  const { startId, endId } = vocabulary;
  const known = new Map<string, readonly number[]>([
    ["<start_of_text>", [startId]],
    ["<end_of_text>", [endId]],
  ]);

  const idsOf = (word: string): readonly number[] => {
    let ids = known.get(word);
    if (ids !== undefined) return ids;
    ids = encodeWord(word, vocabulary);
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
 * Reads a `tokenizer.json` and makes its tokenizer; about 60 ms for CLIP's 4 MB.
 *
 * @throws ClipfindError MODEL_NOT_FOUND when the file cannot be read, MODEL_INVALID when it is not a CLIP vocabulary
 */
export function loadTokenizer(path: string, contextLength: number): Tokenizer {
  let json: string;
  try {
    json = readFileSync(path, "utf8");
  } catch (cause) {
    throw new ClipfindError("MODEL_NOT_FOUND", `${path}: expected a readable tokenizer.json, could not read it.`, {
      hint: "Copy the model directory again; docs/models.md lists its files.",
      cause,
    });
  }
  return createTokenizer(json, contextLength, path);
}
