import { ClipfindError } from "./errors.ts";
import type { Hit } from "./search/search-photos.ts";

export interface SearchOptions {
  /** Most hits to return; 10 unless given. */
  readonly limit?: number | undefined;
  /**
   * Leave out hits below this confidence, 0 to 1; "auto": those likelier wrong than right, 0.5. "none" unless given.
   * Nothing is left out where confidences cannot be told (docs/relevance.md).
   */
  readonly cutoff?: "auto" | "none" | number | undefined;
  /** Filters of the query language besides those in the query, such as "in:holiday"; each may hold blanks. */
  readonly filters?: readonly string[] | undefined;
  /** What relative paths in the query are relative to; the working directory unless given. */
  readonly cwd?: string | undefined;
  /** Aborting it ends the scan of the vectors within milliseconds, with ABORTED. */
  readonly signal?: AbortSignal | undefined;
}

export interface SearchResult {
  readonly hits: readonly Hit[];
  /** The confidence that divides strong from weaker photos; undefined where confidences cannot be told. */
  readonly cutoff: number | undefined;
  /** Photos searched that reach the cut-off: exact where the hits go beyond it, else estimated; all without a cut-off. */
  readonly strong: number;
  /** Photos searched that do not. */
  readonly weaker: number;
  /** True when a text of the query is longer than the model reads; only its beginning counted. */
  readonly truncated: boolean;
  /** What is wrong with the index though it could be searched: damage that hides the newest photos, missing shards. */
  readonly warnings: readonly string[];
  /** How the query was read where it could be read in two ways. */
  readonly notes: readonly string[];
  /** Milliseconds: encoding the query (with loading the text tower the first time), scanning and looking up paths. */
  readonly timings: { readonly encodeMs: number; readonly searchMs: number };
}

/** @throws ClipfindError INVALID_ARGUMENT */
export function limitOf({ limit = 10 }: SearchOptions): number {
  if (Number.isSafeInteger(limit) && limit >= 1) return limit;
  throw new ClipfindError("INVALID_ARGUMENT", `Expected limit to be a whole number from 1 up, found ${limit}`);
}

/**
 * The confidence that divides strong from weaker photos.
 * @throws ClipfindError INVALID_ARGUMENT
 */
export function cutoffOf({ cutoff = "none" }: SearchOptions): number {
  if (cutoff === "auto" || cutoff === "none") return automaticCutoff;
  if (cutoff >= 0 && cutoff <= 1) return cutoff;
  throw new ClipfindError("INVALID_ARGUMENT", `Expected cutoff to be "auto", "none" or from 0 to 1, found ${cutoff}`);
}

/** A photo above it is likelier right than wrong. */
const automaticCutoff = 0.5;
