import { dotProduct } from "../clip/dot-product.ts";
import { sumsSaturate } from "../kernels.ts";
import type { Model } from "../models/open-model.ts";
import { imageTowerFile, isOwnTower } from "../models/tower-files.ts";
import type { Agreement } from "../precision.ts";

/** What int8 must reach to be used (research/clip-inference.md, 5.4). Below 1, it would be slower than what is exact. */
const least = {
  photos: 20,
  meanCosine: 0.99,
  minCosine: 0.97,
  overlap: 0.95,
  minTextCosine: 0.97,
  speedup: 1,
} satisfies Agreement;

/** Photos with which a comparison settles something. */
export const leastPhotos: number = least.photos;

/** Whether photos' int8 vectors of a model would be others on a CPU with VNNI. */
export function saturates(fast: Model): boolean {
  return !isOwnTower(imageTowerFile(fast)) && sumsSaturate();
}

/** Fewer photos settle nothing: a later run, with more of them, compares again. */
export function isSettled(agreement: Agreement): boolean {
  return agreement.photos >= leastPhotos;
}

/** Whether int8 may be used. */
export function agrees(agreement: Agreement): boolean {
  return (Object.keys(least) as (keyof typeof least)[]).every((key) => agreement[key] >= least[key]);
}

/** The two vectors of each photo (unit length) in the same order, and the CPU time of the image tower in milliseconds. */
export interface Encoded {
  readonly vectors: readonly Float32Array[];
  readonly texts: readonly Float32Array[];
  readonly ms: number;
}

/** Compares what two precisions made of the same photos and texts. */
export function agreementOf(exact: Encoded, fast: Encoded): Agreement {
  const cosines = exact.vectors.map((vector, at) => dotProduct(vector, fast.vectors[at]!));
  const overlaps = exact.vectors.map((_, at) => overlapOf(nearest(exact.vectors, at), nearest(fast.vectors, at)));
  return {
    photos: cosines.length,
    meanCosine: mean(cosines),
    minCosine: Math.min(1, ...cosines),
    overlap: mean(overlaps),
    minTextCosine: Math.min(1, ...exact.texts.map((text, at) => dotProduct(text, fast.texts[at]!))),
    speedup: fast.ms > 0 ? exact.ms / fast.ms : 0,
  };
}

/** The ten vectors nearest to the one at `at`, without itself. */
function nearest(vectors: readonly Float32Array[], at: number): Set<number> {
  const scores = vectors.map((vector, other) => ({ other, score: dotProduct(vector, vectors[at]!) }));
  const ranked = scores.filter(({ other }) => other !== at).toSorted((a, b) => b.score - a.score);
  return new Set(ranked.slice(0, 10).map(({ other }) => other));
}

function overlapOf(a: ReadonlySet<number>, b: ReadonlySet<number>): number {
  return a.size === 0 ? 1 : [...a].filter((id) => b.has(id)).length / a.size;
}

function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
}
