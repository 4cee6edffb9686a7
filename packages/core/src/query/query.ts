import type { PhotoFilter } from "../photo-filter.ts";

/** Where in the line something stands: indices of UTF-16 units, `end` left out. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** Words, or a picture by its path or URL as it was written. */
export type Prompt = Span &
  ({ readonly kind: "text"; readonly text: string } | { readonly kind: "image"; readonly place: string });

/** The mean of the prompts' vectors, times weight, added (1) or subtracted (-1). */
export interface Term {
  readonly sign: 1 | -1;
  readonly weight: number;
  readonly prompts: readonly Prompt[];
}

/** What a line of the query language says (docs/query-language.md). */
export interface Query {
  /** The line that spans are of. */
  readonly line: string;
  readonly terms: readonly Term[];
  readonly filters: readonly (PhotoFilter & Span)[];
  /** Remarks on how something was read that could be read in two ways. */
  readonly notes: readonly string[];
}
