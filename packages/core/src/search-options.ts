import { ClipfindError } from "./errors.ts";
import type { Hit } from "./search/search-photos.ts";

export interface SearchOptions {
  /** Most hits to return; 10 unless given. */
  readonly limit?: number | undefined;
  /** Filters of the query language besides those in the query, such as "in:holiday"; each may hold blanks. */
  readonly filters?: readonly string[] | undefined;
  /** What relative paths in the query are relative to; the working directory unless given. */
  readonly cwd?: string | undefined;
  /** Aborting it ends the scan of the vectors within milliseconds, with ABORTED. */
  readonly signal?: AbortSignal | undefined;
}

export interface SearchResult {
  readonly hits: readonly Hit[];
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
