import { existsSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { ClipfindError } from "../errors.ts";
import { parseQuery } from "../query/parse-query.ts";
import type { Query } from "../query/query.ts";
import { QueryError } from "../query/query-error.ts";
import type { SearchOptions } from "../search-options.ts";

const pictureName =
  /\.(?:jpe?g|jpe|jfif|mpo|a?png|webp|gif|tiff?|avif|heic|heif|hif|jxl|bmp|dib|jp2|j2k|p[bgpna]m|dng)$/i;

/** The query with the filters of the options. @throws ClipfindError EMPTY_QUERY, INVALID_QUERY */
export function readQuery(query: string | readonly string[], options: SearchOptions): Query {
  const { cwd = process.cwd() } = options;
  const isImage = (name: string): boolean =>
    pictureName.test(name) && statSync(resolve(cwd, name), { throwIfNoEntry: false })?.isFile() === true;
  const read = withFilters(parseQuery(query, isImage), options);
  const score = read.filters.find(({ key }) => key === "score");
  if (score !== undefined && read.terms.length === 0) {
    throw new QueryError(
      "Expected words or a picture beside score:, which says how near photos are to them",
      read.line,
      score,
    );
  }
  if (read.terms.length > 0 || read.filters.length > 0) return read;
  throw new ClipfindError("EMPTY_QUERY", "Expected words that say what to look for, found an empty query", {
    hint: 'Try `clipfind "a cat on a sofa"`.',
  });
}

/** The mean of pictures, given by path or URL. @throws ClipfindError INVALID_QUERY, INVALID_ARGUMENT */
export function queryOfPhotos(places: readonly string[], options: SearchOptions): Query {
  if (places.length === 0) throw new ClipfindError("INVALID_ARGUMENT", "Expected a picture, found none");
  const line = places.join(" | ");
  let start = 0;
  const prompts = places.map((place) => {
    const prompt = { kind: "image" as const, place, start, end: start + place.length };
    start = prompt.end + 3;
    return prompt;
  });
  return withFilters({ line, terms: [{ sign: 1, weight: 1, prompts }], filters: [], notes: [] }, options);
}

function withFilters(query: Query, { filters = [] }: SearchOptions): Query {
  if (filters.length === 0) return query;
  // One by one: the blanks of one must not reach into the next.
  const more = filters.map((filter) => parseQuery([filter]));
  const wrong = more.findIndex(({ terms, filters: found }) => terms.length > 0 || found.length !== 1);
  if (wrong >= 0) {
    throw new ClipfindError("INVALID_ARGUMENT", `Expected a filter such as in:holiday, found ${filters[wrong]}`);
  }
  return { ...query, filters: [...query.filters, ...more.flatMap(({ filters: found }) => found)] };
}

/** The file that a place in a query means. @throws TypeError for a file: URL of another machine */
export function pathOfPlace(place: string, cwd: string): string {
  if (/^file:\/\//i.test(place)) return fileURLToPath(place);
  if (/^~[/\\]/.test(place) && !existsSync(resolve(cwd, place))) return resolve(homedir(), place.slice(2));
  return resolve(cwd, place);
}
