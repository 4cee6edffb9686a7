import type { BigIntStats } from "node:fs";

/** What tells that a file has not changed: equal in all three, its content is taken to be the same. */
export interface Fingerprint {
  readonly bytes: bigint;
  /** Modification time, nanoseconds since 1970. */
  readonly mtimeNs: bigint;
  /** Inode (file index on Windows) as a signed 64-bit number, the way SQLite stores it. */
  readonly inode: bigint;
}

/** The fingerprint of a file from its `stat` with `bigint: true`. */
export function fingerprintOf(stats: BigIntStats): Fingerprint {
  return { bytes: stats.size, mtimeNs: stats.mtimeNs, inode: BigInt.asIntN(64, stats.ino) };
}

/** Whether two fingerprints agree in everything. */
export function sameFingerprint(a: Fingerprint, b: Fingerprint): boolean {
  return a.bytes === b.bytes && a.mtimeNs === b.mtimeNs && a.inode === b.inode;
}
