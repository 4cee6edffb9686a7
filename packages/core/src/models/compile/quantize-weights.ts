/** A matrix of signed bytes with one scale per column: value ≈ code · scale[column]. */
export interface QuantizedMatrix {
  /** int8 [rows, columns], −127 to 127 */
  readonly codes: Int8Array;
  /** float32 [columns] */
  readonly scales: Float32Array;
}

/**
 * Rounds a matrix to signed bytes, symmetrically and column by column (a column makes one output value). Signed, since
 * onnxruntime multiplies unsigned activations with signed weights twice as fast as with unsigned ones.
 *
 * @param values - float32 [rows, columns], row-major
 */
export function quantizeWeights(values: Float32Array, columns: number): QuantizedMatrix {
  const largest = new Float32Array(columns);
  for (let i = 0, column = 0; i < values.length; i++) {
    const size = Math.abs(values[i]!);
    if (size > largest[column]!) largest[column] = size;
    if (++column === columns) column = 0;
  }
  // A column of zeros has any scale.
  const scales = largest.map((size) => (size > 0 ? size / 127 : 1));
  const codes = new Int8Array(values.length);
  for (let i = 0, column = 0; i < values.length; i++) {
    const code = Math.round(values[i]! / scales[column]!);
    codes[i] = code > 127 ? 127 : code < -127 ? -127 : code;
    if (++column === columns) column = 0;
  }
  return { codes, scales };
}
