import type { BigIntStats } from "node:fs";

/** What tells that a file has not changed: equal in all of it, its content is taken to be the same. */
export interface Fingerprint {
  readonly bytes: bigint;
  /** Modification time, nanoseconds since 1970. */
  readonly mtimeNs: bigint;
  /** Time of the last change to content, name, links or permissions, nanoseconds since 1970; 0 where it is not known. */
  readonly ctimeNs: bigint;
  /** Inode (file index on Windows), 0 where it is not known. All four as SQLite stores them: signed 64-bit numbers. */
  readonly inode: bigint;
}

/** The fingerprint of a file from its `stat` with `bigint: true`. */
export function fingerprintOf({ size, mtimeNs, ctimeNs, ino }: BigIntStats): Fingerprint {
  const [bytes, mtime, ctime, inode] = [size, mtimeNs, ctimeNs, ino].map((value) => BigInt.asIntN(64, value)) as [
    bigint,
    bigint,
    bigint,
    bigint,
  ];
  return { bytes, mtimeNs: mtime, ctimeNs: ctime, inode };
}

/** Whether two fingerprints agree in everything that both know. */
export function sameFingerprint(a: Fingerprint, b: Fingerprint): boolean {
  return a.bytes === b.bytes && a.mtimeNs === b.mtimeNs && agree(a.ctimeNs, b.ctimeNs) && agree(a.inode, b.inode);
}

function agree(a: bigint, b: bigint): boolean {
  return a === b || a === 0n || b === 0n;
}
