import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";

/** Reads a file once, as a stream, and returns its size in bytes and its SHA-256 as lower-case hex. */
export async function hashFile(path: string): Promise<{ bytes: number; sha256: string }> {
  const hash = createHash("sha256");
  let bytes = 0;
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 })) {
    hash.update(chunk as Buffer);
    bytes += (chunk as Buffer).length;
  }
  return { bytes, sha256: hash.digest("hex") };
}
