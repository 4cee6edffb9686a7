import { type Hash, createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import type { Digest, RemoteFile } from "./list-repository.ts";

/** A hash that the whole content of a file of `bytes` bytes is to be put through. */
export function contentHash({ digest, bytes }: RemoteFile): Hash {
  if (digest.algorithm === "sha256") return createHash("sha256");
  // Git's object id of a file: its kind and length come first (gitformat-pack, "object id").
  return createHash("sha1").update(`blob ${bytes}\0`);
}

/** Puts what is in a file through `hash`, from its beginning to byte `end`. */
export async function updateFromFile(hash: Hash, path: string, end: number): Promise<void> {
  if (end === 0) return;
  for await (const chunk of createReadStream(path, { end: end - 1, highWaterMark: 1 << 20 }))
    hash.update(chunk as Buffer);
}

/** "sha256 3f7e…", for messages. */
export function shownDigest({ algorithm, hex }: Digest): string {
  return `${algorithm === "sha256" ? "SHA-256" : "Git object id"} ${hex}`;
}
