import { ClipfindError } from "../errors.ts";

/**
 * The vector of length 1 in the direction of `values`, as float32; the length is summed in float64.
 *
 * @param source - which model put the values out, for the message
 * @throws ClipfindError MODEL_FAILED when a value is not finite or all are 0
 */
export function unitVector(values: Float32Array, source: string): Float32Array {
  let squares = 0;
  for (const value of values) squares += value * value;
  const length = Math.sqrt(squares);
  if (Number.isFinite(length) && length > 0) return values.map((value) => value / length);
  throw new ClipfindError(
    "MODEL_FAILED",
    `${source}: expected a vector with a direction, found one of length ${length}.`,
    {
      hint: "The model is broken or quantised too far: verify its files, or use another export of it.",
    },
  );
}
