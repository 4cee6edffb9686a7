import { readFileSync } from "node:fs";

/** Reads a NumPy file of little-endian float32 (numpy.lib.format 1.0). */
export function readNpy(path: string): { readonly shape: number[]; readonly data: Float32Array } {
  const file = readFileSync(path);
  const headerEnd = 10 + file.readUInt16LE(8);
  const header = file.toString("latin1", 10, headerEnd);
  const shape = /'shape': \(([^)]*)\)/.exec(header);
  if (shape === null || !header.includes("'<f4'")) throw new Error(`${path}: not a float32 array`);
  const sides = shape[1]!.split(",").filter((side) => side.trim() !== "");
  return { shape: sides.map(Number), data: new Float32Array(new Uint8Array(file.subarray(headerEnd)).buffer) };
}
