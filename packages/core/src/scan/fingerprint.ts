import type { BigIntStats } from "node:fs";
import type { Fingerprint } from "../file-state.ts";

/** The fingerprint of a file from its `stat` with `bigint: true`. */
export function fingerprintOf(stats: BigIntStats): Fingerprint {
  return { bytes: stats.size, mtimeNs: stats.mtimeNs, inode: BigInt.asIntN(64, stats.ino) };
}

/** Whether two fingerprints agree in everything. */
export function sameFingerprint(a: Fingerprint, b: Fingerprint): boolean {
  return a.bytes === b.bytes && a.mtimeNs === b.mtimeNs && a.inode === b.inode;
}
