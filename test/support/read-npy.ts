import { readFileSync } from "node:fs";

/** Reads a NumPy file of little-endian float32, float16 or int64 (numpy.lib.format 1.0) as float32. */
export function readNpy(path: string): { readonly shape: number[]; readonly data: Float32Array } {
  const file = readFileSync(path);
  const headerEnd = 10 + file.readUInt16LE(8);
  const header = file.toString("latin1", 10, headerEnd);
  const shape = /'shape': \(([^)]*)\)/.exec(header)?.[1];
  const type = /'descr': '(<f[24]|<i8)'/.exec(header)?.[1];
  if (shape === undefined || type === undefined)
    throw new Error(`${path}: expected float32, float16 or int64, found ${header}`);
  const { buffer } = new Uint8Array(file.subarray(headerEnd));
  const sides = shape.split(",").filter((side) => side.trim() !== "");
  return {
    shape: sides.map(Number),
    data: {
      "<f4": () => new Float32Array(buffer),
      "<f2": () => Float32Array.from(new Float16Array(buffer)),
      "<i8": () => Float32Array.from(new BigInt64Array(buffer), Number),
    }[type as "<f4"](),
  };
}
