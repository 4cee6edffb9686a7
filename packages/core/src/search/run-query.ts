import type { Catalog } from "../db/open-catalog.ts";
import type { QueryVector } from "../db/query-vectors-table.ts";
import { ClipfindError } from "../errors.ts";
import type { Model } from "../models/open-model.ts";
import type { Prompt, Query } from "../query/query.ts";
import { QueryError } from "../query/query-error.ts";
import { type SearchOptions, type SearchResult, limitOf } from "../search-options.ts";
import type { Vectors } from "../vectors.ts";
import { assertGoingOn } from "./assert-going-on.ts";
import { type WeightedVectors, combineVectors } from "./combine-vectors.ts";
import { filtersOfQuery, notesOnFilters } from "./filters-of-query.ts";
import { pathOfPlace } from "./read-query.ts";
import { judgeHits } from "./judge-hits.ts";
import { searchPhotos } from "./search-photos.ts";

/** What a search needs of a library. */
export interface SearchMeans {
  /** Its directory. */
  readonly library: string;
  /** Of the model that is searched. */
  readonly fingerprint: string;
  readonly catalog: Catalog;
  readonly reader: Vectors;
  readonly encodeText: (text: string) => Promise<QueryVector>;
  /** Called when all texts of the query are encoded. */
  readonly textsEncoded: () => Promise<void>;
  readonly model: () => Model;
}

/** Answers a query. @throws ClipfindError INVALID_QUERY, IMAGE_UNREADABLE, MODEL_*, STORE_*, ABORTED */
export async function runQuery(
  means: SearchMeans,
  query: Query,
  options: SearchOptions,
): Promise<Omit<SearchResult, "warnings">> {
  const { cwd = process.cwd(), signal } = options;
  const started = clock();
  const filters = filtersOfQuery(query, cwd);
  const scores = query.filters.flatMap((filter) => (filter.key === "score" ? [filter] : []));
  const except = new Set<number>();
  let truncated = false;
  const vectorOf = async (prompt: Prompt): Promise<Float32Array> => {
    assertGoingOn(signal);
    if (prompt.kind === "text") {
      const embedded = await means.encodeText(prompt.text);
      truncated ||= embedded.truncated;
      return embedded.vector;
    }
    const { vector, contentId } = await vectorOfImage(means, query, prompt, cwd, signal);
    if (contentId !== undefined) except.add(contentId);
    return vector;
  };
  const terms: WeightedVectors[] = [];
  for (const { sign, weight, prompts } of query.terms) {
    const vectors: Float32Array[] = [];
    // One after the other: the tower answers one at a time.
    for (const prompt of prompts) vectors.push(await vectorOf(prompt));
    terms.push({ factor: sign * weight, vectors });
  }
  await means.textsEncoded();
  const vector = terms.length === 0 ? undefined : combineVectors(terms);
  const encoded = clock();
  // Another process may have committed while the model was loading.
  means.reader.refresh();
  const found = await searchPhotos(means.catalog, means.reader, vector, {
    limit: limitOf(options),
    filters,
    scores,
    except,
    signal,
  });
  const asked = { library: means.library, fingerprint: means.fingerprint, vectors: means.reader };
  const judged =
    vector !== undefined && isOneText(query)
      ? await judgeHits({ ...asked, vector }, found, options)
      : { hits: found, cutoff: undefined, strong: means.reader.stats().live, weaker: 0 };
  const timings = { encodeMs: encoded - started, searchMs: clock() - encoded };
  const notes = [...query.notes, ...notesOnFilters(means.catalog, filters)];
  if (judged.cutoff === undefined && options.cutoff !== undefined && options.cutoff !== "none") {
    notes.push("confidences are told of one text over a whole, calibrated library only: nothing was cut off");
  }
  return { ...judged, truncated, notes, timings };
}

/** Milliseconds; from `performance` Node would first have to make that. */
function clock(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

/** What was measured are the scores of texts, over the whole library: it says nothing of sums, pictures or some photos. */
function isOneText({ terms, filters }: Query): boolean {
  const prompts = terms.flatMap((term) => (term.sign === 1 ? term.prompts : []));
  return terms.length === 1 && prompts.length === 1 && prompts[0]?.kind === "text" && filters.length === 0;
}

async function vectorOfImage(
  { catalog, reader, model }: SearchMeans,
  query: Query,
  prompt: Prompt & { kind: "image" },
  cwd: string,
  signal: AbortSignal | undefined,
): Promise<{ vector: Float32Array; contentId: number | undefined }> {
  try {
    const { vectorOfPhoto } = await import("./vector-of-photo.ts");
    if (!/^https?:\/\//i.test(prompt.place)) {
      return await vectorOfPhoto(catalog, reader, model(), pathOfPlace(prompt.place, cwd));
    }
    const { FetchedImage } = await import("./fetched-image.ts");
    await using fetched = await FetchedImage.fetch(prompt.place, signal);
    return await vectorOfPhoto(catalog, reader, model(), fetched.path, prompt.place);
  } catch (cause) {
    // A TypeError: fileURLToPath() does not take the URL.
    if (!(cause instanceof ClipfindError || cause instanceof TypeError)) throw cause;
    const isOurs = cause instanceof ClipfindError;
    if (isOurs && cause.code !== "IMAGE_UNREADABLE") throw cause;
    throw new QueryError(cause.message, query.line, prompt, {
      code: "IMAGE_UNREADABLE",
      cause,
      hint: (isOurs ? cause.hint : undefined) ?? "For the words themselves write text: before them.",
    });
  }
}
