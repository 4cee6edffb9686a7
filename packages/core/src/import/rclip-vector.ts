/**
 * A vector as rclip stores it, `dims` little-endian float32 of unit length, brought to unit length exactly.
 * @returns undefined where it has another length, a number that is none, or no direction
 */
export function rclipVector(bytes: Buffer, dims: number): Float32Array | undefined {
  if (bytes.length !== 4 * dims) return undefined;
  const vector = Float32Array.from({ length: dims }, (_, at) => bytes.readFloatLE(4 * at));
  let squares = 0;
  for (const value of vector) squares += value * value;
  const length = Math.sqrt(squares);
  return Number.isFinite(length) && length > 0 ? vector.map((value) => value / length) : undefined;
}
