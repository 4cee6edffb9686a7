import { ClipfindError } from "../errors.ts";
import { byteSymbols } from "./byte-symbols.ts";

/** CLIP's vocabulary as a `tokenizer.json` states it. */
export interface Vocabulary {
  /** Token id by token; without prototype, so that a word such as "constructor" finds nothing. */
  readonly ids: Readonly<Record<string, number>>;
  /** Pairs in the order they were learned, as ["a", "b"] or "a b". */
  readonly merges: ReadonlyArray<string | readonly [string, string]>;
  /** Id of the token that the first merge made; those of the others follow in order. */
  readonly firstMergeId: number;
  readonly startId: number;
  readonly endId: number;
}

/** One merge in so many is compared with the vocabulary: all of them would cost 20 ms at each start. */
const sampleStride = 61;

/**
 * Reads a Hugging Face `tokenizer.json` (the layout the `tokenizers` library writes) of CLIP's byte-level BPE. Of its
 * content only `model.vocab`, `model.merges` and the two special tokens count; CLIP's own cleaning and splitting rules
 * replace those the file states, which differ from the reference on ligatures, HTML and special-token texts.
 *
 * @throws ClipfindError MODEL_INVALID when the text is no JSON or not such a vocabulary
 */
export function readVocabulary(json: string, source: string): Vocabulary {
  const fail = (expected: string, cause?: unknown): never => {
    throw new ClipfindError("MODEL_INVALID", `${source}: expected ${expected}, found something else.`, {
      hint: "Use the tokenizer.json that belongs to a CLIP model; other families of models are not supported.",
      ...(cause !== undefined && { cause }),
    });
  };

  let root: { model?: { vocab?: unknown; merges?: unknown }; added_tokens?: unknown } | null;
  try {
    root = JSON.parse(json) as typeof root;
  } catch (cause) {
    return fail("a tokenizer.json", cause);
  }
  const vocab = root?.model?.vocab;
  const merges = root?.model?.merges as Vocabulary["merges"];
  if (typeof vocab !== "object" || vocab === null || Array.isArray(vocab)) return fail("an object model.vocab");
  if (!Array.isArray(merges) || merges.length === 0) return fail("a list model.merges");
  const ids = Object.setPrototypeOf(vocab, null) as Record<string, number>;

  const product = (merge: unknown): string =>
    typeof merge === "string"
      ? merge.replace(" ", "")
      : Array.isArray(merge) && merge.length === 2 && merge.every((part) => typeof part === "string")
        ? merge.join("")
        : fail("each of model.merges to be two tokens");
  const firstMergeId = ids[product(merges[0])] ?? fail("the tokens of model.merges in model.vocab");
  for (let at = merges.length - 1; at >= 0; at -= sampleStride) {
    if (ids[product(merges[at])] !== firstMergeId + at) fail("token ids in the order of model.merges");
  }
  for (const symbol of byteSymbols) {
    if (!Number.isInteger(ids[symbol]) || !Number.isInteger(ids[`${symbol}</w>`])) {
      fail("a token for each byte, alone and with </w>");
    }
  }

  const special = (content: string): number => {
    const added = Array.isArray(root?.added_tokens) ? (root.added_tokens as unknown[]) : [];
    const entry = added.find((token) => (token as { content?: unknown } | null)?.content === content);
    const id = ids[content] ?? (entry as { id?: unknown } | undefined)?.id;
    return Number.isInteger(id) ? (id as number) : fail(`the token ${content}`);
  };
  return { ids, merges, firstMergeId, startId: special("<|startoftext|>"), endId: special("<|endoftext|>") };
}
