const scratch = new Float32Array(1);
const bitsOf = new Uint32Array(scratch.buffer);

/** float32 values as the bits of the nearest IEEE 754 binary16 values, ties to even, as NumPy's float16 has them. */
export function halfFloats(values: Float32Array): Uint16Array {
  return Uint16Array.from(values, halfFloat);
}

function halfFloat(value: number): number {
  scratch[0] = value;
  const bits = bitsOf[0]!;
  const sign = (bits >>> 16) & 0x8000;
  const exponent = (bits >>> 23) & 255;
  const fraction = bits & 0x7fffff;
  if (exponent === 255) return sign | 0x7c00 | (fraction === 0 ? 0 : 0x200);
  const power = exponent - 112;
  if (power > 30) return sign | 0x7c00;
  // Below 2^-14 the leading one is written out; what is shifted away is rounded.
  const shift = power > 0 ? 13 : 14 - power;
  if (shift > 24) return sign;
  const digits = power > 0 ? fraction : fraction | 0x800000;
  const cut = digits & (2 ** shift - 1);
  const half = 2 ** (shift - 1);
  const kept = (power > 0 ? power << 10 : 0) + (digits >>> shift);
  // A carry goes into the exponent, where it belongs.
  return sign | (kept + (cut > half || (cut === half && (kept & 1) === 1) ? 1 : 0));
}
