/** One step of what is done to a text before it is split; the steps are those of the `tokenizers` library. */
export type Normalizer =
  | { readonly type: "lowercase" | "precompiled" }
  | { readonly type: "unicode"; readonly form: "NFC" | "NFD" | "NFKC" | "NFKD" }
  /** `pattern` is a JavaScript regular expression, as source. */
  | { readonly type: "replace"; readonly pattern: string; readonly by: string }
  | { readonly type: "prepend"; readonly text: string }
  | { readonly type: "strip"; readonly left: boolean; readonly right: boolean };

/** One step of how a normalised text becomes the parts that are tokenized each by itself. */
export type Splitter =
  | { readonly type: "whitespace" }
  /** At each `pattern`, which stays at the end of its part. */
  | { readonly type: "after"; readonly pattern: string }
  /** SentencePiece's: spaces become `mark`, one is put in front, and each starts a part. */
  | {
      readonly type: "metaspace";
      readonly mark: string;
      readonly prepend: "always" | "first" | "never";
      readonly split: boolean;
    };

/** A token that is found in the text before anything else is done to it. */
export interface AddedToken {
  readonly id: number;
  readonly content: string;
  /** Whether it is looked for in the normalised text instead of in the text as it was. */
  readonly normalized: boolean;
  /** Whether it takes the white space before and behind it. */
  readonly left: boolean;
  readonly right: boolean;
}

/**
 * How a text is cleaned before the tokenizer proper. "whitespace" and "canonicalize" are open_clip's: as CLIP's
 * (clean-text.ts), without lower case; and in lower case without punctuation. "lower" is SigLIP 2's in transformers.
 */
export type Cleaning = "canonicalize" | "lower" | "none" | "whitespace";

/** Everything about a tokenizer of pieces that is no table. */
export interface PieceRules {
  readonly model: "bpe" | "unigram";
  readonly clean: Cleaning;
  readonly normalizers: readonly Normalizer[];
  readonly splitters: readonly Splitter[];
  readonly added: readonly AddedToken[];
  /** What an unknown character becomes; without it, it becomes nothing. */
  readonly unknown?: number | undefined;
  /** Whether neighbouring unknown characters become one token. */
  readonly fuseUnknown: boolean;
  /** Whether the bytes of an unknown character become tokens, where there are such. */
  readonly byteFallback: boolean;
  /** Ids before and behind those of a text. */
  readonly before: readonly number[];
  readonly after: readonly number[];
  /** Id that fills up a text where the tower wants a fixed number of tokens. */
  readonly padding: number;
}
