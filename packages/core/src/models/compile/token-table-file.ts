import { closeSync, fsyncSync, openSync, writeSync } from "node:fs";
import type { ClipWeights } from "./tower-weights.ts";

/** A multilingual table is a gigabyte; this many rows are a few dozen megabytes. */
const rowsAtOnce = 16_384;

/** Writes the token table and below it the positions: float32 [vocabulary + contextLength, width], little-endian. */
export function writeTokenTable(path: string, { tokens, positions }: ClipWeights["text"]): void {
  const file = openSync(path, "w");
  try {
    for (let first = 0; first < tokens.rows; first += rowsAtOnce) {
      write(file, tokens.readRows(first, Math.min(rowsAtOnce, tokens.rows - first)));
    }
    write(file, positions);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

function write(file: number, values: Float32Array): void {
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  for (let done = 0; done < bytes.length;) done += writeSync(file, bytes, done);
}
