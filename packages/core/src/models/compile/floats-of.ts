/** The floating-point types that weights are stored in, by safetensors' names. */
export type FloatType = "F32" | "F16" | "BF16";

/** Bytes of one value. */
export const floatBytes = { F32: 4, F16: 2, BF16: 2 } as const;

/**
 * Little-endian values as float32; exact, since float32 holds every value of the others. The memory of `bytes` is used
 * where it fits.
 */
export function floatsOf(type: FloatType, bytes: Buffer): Float32Array {
  const { buffer, byteOffset, length } = bytes;
  const memory = byteOffset % 4 === 0 ? buffer : bytes.buffer.slice(byteOffset, byteOffset + length);
  const offset = memory === buffer ? byteOffset : 0;
  if (type === "F32") return new Float32Array(memory, offset, length / 4);
  const halves = new Uint16Array(memory, offset, length / 2);
  const bits = new Uint32Array(halves.length);
  for (let i = 0; i < halves.length; i++) bits[i] = type === "BF16" ? halves[i]! << 16 : bitsOfHalf(halves[i]!);
  return new Float32Array(bits.buffer);
}

/** IEEE 754: the bits of a binary16 value as those of the binary32 value that equals it. */
function bitsOfHalf(half: number): number {
  const sign = (half & 0x8000) << 16;
  const exponent = (half >> 10) & 31;
  const fraction = half & 0x3ff;
  if (exponent === 31) return sign | 0x7f800000 | (fraction << 13);
  if (exponent > 0) return sign | ((exponent + 112) << 23) | (fraction << 13);
  if (fraction === 0) return sign;
  // A subnormal half is a normal float: shift its first one out.
  const shift = Math.clz32(fraction) - 21;
  return sign | ((113 - shift) << 23) | (((fraction << shift) & 0x3ff) << 13);
}
