import { ClipfindError } from "../errors.ts";

/** The vectors (float32, dims, unit length) of a term's prompts, with its sign and weight as one factor. */
export interface WeightedVectors {
  readonly factor: number;
  readonly vectors: readonly Float32Array[];
}

/** Vectors that cancel each other out leave rounding errors of this size, which point anywhere. */
const leastLength = 1e-4;

/**
 * The direction (float32, dims, unit length) of the sum of factor × the direction of the mean of each term's vectors, so
 * that scores stay cosines.
 * @throws ClipfindError INVALID_QUERY where it has none
 */
export function combineVectors(terms: readonly WeightedVectors[]): Float32Array {
  const [first] = terms;
  // As it is, to the bit.
  if (first !== undefined && terms.length === 1 && first.factor > 0 && first.vectors.length === 1)
    return first.vectors[0]!;
  const means = terms.map(({ vectors }) =>
    direction(sum(vectors.map((vector) => [1, vector] as const)), vectors.length),
  );
  const total = terms.reduce((all, { factor }) => all + Math.abs(factor), 0);
  return Float32Array.from(direction(sum(terms.map(({ factor }, at) => [factor, means[at]!] as const)), total));
}

function sum(parts: readonly (readonly [factor: number, vector: Float32Array | Float64Array])[]): Float64Array {
  const all = new Float64Array(parts[0]?.[1].length ?? 0);
  for (const [factor, vector] of parts) for (let at = 0; at < all.length; at++) all[at]! += factor * vector[at]!;
  return all;
}

function direction(vector: Float64Array, weight: number): Float64Array {
  const length = Math.hypot(...vector);
  if (length > leastLength * weight) return vector.map((value) => value / length);
  throw new ClipfindError(
    "INVALID_QUERY",
    "Expected a query that says something, found terms that cancel each other out",
    {
      hint: "Change a weight, or leave out what is both added and subtracted.",
    },
  );
}
