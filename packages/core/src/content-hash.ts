import { contentHash as hash, identifyFiles } from "@clipfind/native";
import type { BytePath } from "./byte-path.ts";
import type { Fingerprint } from "./fingerprint.ts";

/**
 * Identity of a file's content: the first 16 bytes of the BLAKE3 hash of all its bytes. Two different photos share it
 * with a chance of about 10⁻²⁴ in a library of 10⁸.
 */
export function contentHash(bytes: Uint8Array): Buffer {
  return hash(bytes);
}

/**
 * What files contain and the fingerprint that belongs to it, read in pieces on Node's worker pool, one call after the
 * other on one thread. Undefined for what is no regular file, larger than `mostBytes`, unreadable, or changed meanwhile.
 */
export async function fileIdentities(
  paths: readonly BytePath[],
  mostBytes: number,
): Promise<({ readonly hash: Buffer; readonly fingerprint: Fingerprint } | undefined)[]> {
  const { hashes, stats } = await identifyFiles(
    Buffer.from(paths.map((path) => `${path}\0`).join(""), "latin1"),
    mostBytes,
  );
  return paths.map((_, index) => {
    const number = (which: number): bigint => stats[4 * index + which] as bigint;
    const [bytes, mtimeNs, ctimeNs, inode] = [number(0), number(1), number(2), number(3)];
    if (bytes < 0n) return undefined;
    return { hash: hashes.subarray(16 * index, 16 * index + 16), fingerprint: { bytes, mtimeNs, ctimeNs, inode } };
  });
}
