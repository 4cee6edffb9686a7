/** Byte-pair encoding over characters (SentencePiece's BPE as the `tokenizers` library has it). */
export interface MergeTables {
  /** uint32 [characters]: code points that are tokens, ascending, and their ids. */
  readonly characters: Uint32Array;
  readonly characterIds: Uint32Array;
  /** uint32 [merges], sorted by left and right: the ids of a pair, of what it becomes, and its place in the list. */
  readonly lefts: Uint32Array;
  readonly rights: Uint32Array;
  readonly products: Uint32Array;
  readonly ranks: Uint32Array;
}

/** A unigram language model (Kudo 2018). Pieces are sorted by their UTF-8 bytes. */
export interface UnigramTables {
  /** uint32 [pieces + 1]: where the bytes of each begin in `bytes`. */
  readonly starts: Uint32Array;
  readonly bytes: Uint8Array;
  /** uint32 [pieces], float64 [pieces] */
  readonly pieceIds: Uint32Array;
  readonly scores: Float64Array;
}

/** Tables of a tokenizer; those of the other model, and what a tokenizer does without, are empty. */
export interface PieceTables extends MergeTables, UnigramTables {
  /** uint32 [256], or empty: the tokens of single bytes. */
  readonly byteIds: Uint32Array;
  /** SentencePiece's table of replacements (precompiled-map.ts). */
  readonly replacements: Uint8Array;
}
