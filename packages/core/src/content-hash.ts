import { contentHash as hash } from "@clipfind/native";

/**
 * Identity of a file's content: the first 16 bytes of the BLAKE3 hash of all its bytes. Two different photos share it
 * with a chance of about 10⁻²⁴ in a library of 10⁸.
 */
export function contentHash(bytes: Uint8Array): Buffer {
  return hash(bytes);
}
