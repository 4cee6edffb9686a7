import type { Vectors } from "../vectors.ts";
import type { StoredCalibration } from "./stored-calibration.ts";
import { relevanceOf } from "./relevance-of.ts";

/** What a cut-off makes of the photos searched. */
export interface Judgement {
  /** Of each score, 0 to 1, falling. */
  readonly confidences: readonly number[];
  /** How many of the photos searched reach the cut-off: counted where the scores end below it, else estimated. */
  readonly strong: number;
}

/**
 * Judges the scores (falling) that the text query `query` found, by the confidence `cutoff`. Costs one scan of the
 * calibration's sample, at most 512 vectors, however many photos there are.
 */
export async function judge(
  { vectors, query, signal }: { vectors: Vectors; query: Float32Array; signal?: AbortSignal | undefined },
  scores: readonly number[],
  calibration: StoredCalibration,
  cutoff: number,
): Promise<Judgement> {
  const among = calibration.sample;
  const { hits } = await vectors.search(query, among.length, { among, signal });
  const sample = hits.map(({ score }) => score);
  const all = relevanceOf([...scores, ...sample], sample, calibration);
  const isStrong = (confidence: number): boolean => confidence >= cutoff;
  const confidences = all.slice(0, scores.length);
  const counted = confidences.filter(isStrong).length;
  if (counted < confidences.length) return { confidences, strong: counted };
  const { live } = vectors.stats();
  const sampled = all.slice(scores.length).filter(isStrong).length;
  const estimate = sample.length === 0 ? 0 : Math.round((live * sampled) / sample.length);
  return { confidences, strong: Math.max(counted, estimate) };
}
