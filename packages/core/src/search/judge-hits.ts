import { judge } from "../relevance/judge.ts";
import { storedCalibration } from "../relevance/stored-calibration.ts";
import { type SearchOptions, type SearchResult, cutoffOf } from "../search-options.ts";
import type { Vectors } from "../vectors.ts";
import type { Hit } from "./search-photos.ts";

/** Whose hits are judged: the library's directory, its model's fingerprint and vectors, and the vector of a text. */
export interface Asked {
  readonly library: string;
  readonly fingerprint: string;
  readonly vectors: Vectors;
  readonly vector: Float32Array;
}

/** The hits with their confidences, where the library is calibrated, without those below the cut-off. */
export async function judgeHits(
  { library, fingerprint, vectors, vector }: Asked,
  hits: readonly Hit[],
  options: SearchOptions,
): Promise<Pick<SearchResult, "hits" | "cutoff" | "strong" | "weaker">> {
  const { live } = vectors.stats();
  const calibration = storedCalibration(library, fingerprint);
  if (calibration === undefined) return { hits, cutoff: undefined, strong: live, weaker: 0 };
  const cutoff = cutoffOf(options);
  const scores = hits.map(({ score = 0 }) => score);
  const query = { vectors, query: vector, signal: options.signal };
  const { confidences, strong } = await judge(query, scores, calibration, cutoff);
  const all = hits.map((hit, rank): Hit => ({ ...hit, confidence: confidences[rank] }));
  const cuts = options.cutoff !== undefined && options.cutoff !== "none";
  const kept = cuts ? all.filter(({ confidence = 1 }) => confidence >= cutoff) : all;
  return { hits: kept, cutoff, strong, weaker: Math.max(0, live - strong) };
}
