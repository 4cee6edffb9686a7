import { closeSync, fsyncSync, openSync, writeSync } from "node:fs";
import type { ClipWeights } from "./tower-weights.ts";

/** Writes the token table and below it the positions: float32 [vocabulary + contextLength, width], little-endian. */
export function writeTokenTable(path: string, { tokens, positions }: ClipWeights["text"]): void {
  const file = openSync(path, "w");
  try {
    for (const values of [tokens.read(), positions]) {
      const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
      for (let done = 0; done < bytes.length;) {
        done += writeSync(file, bytes, done, Math.min(bytes.length - done, 1 << 30));
      }
    }
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
