import { readFileSync } from "node:fs";

/** Reads a NumPy file of little-endian float32 or float16 (numpy.lib.format 1.0) as float32. */
export function readNpy(path: string): { readonly shape: number[]; readonly data: Float32Array } {
  const file = readFileSync(path);
  const headerEnd = 10 + file.readUInt16LE(8);
  const header = file.toString("latin1", 10, headerEnd);
  const shape = /'shape': \(([^)]*)\)/.exec(header)?.[1];
  const type = /'descr': '(<f[24])'/.exec(header)?.[1];
  if (shape === undefined || type === undefined)
    throw new Error(`${path}: expected float32 or float16, found ${header}`);
  const { buffer } = new Uint8Array(file.subarray(headerEnd));
  const sides = shape.split(",").filter((side) => side.trim() !== "");
  return {
    shape: sides.map(Number),
    data: type === "<f4" ? new Float32Array(buffer) : Float32Array.from(new Float16Array(buffer)),
  };
}
