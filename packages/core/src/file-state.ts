/** What tells that a file has not changed: equal in all three, its content is taken to be the same. */
export interface Fingerprint {
  readonly bytes: bigint;
  /** Modification time, nanoseconds since 1970. */
  readonly mtimeNs: bigint;
  /** Inode (file index on Windows) as a signed 64-bit number, the way SQLite stores it. */
  readonly inode: bigint;
}

/** What the catalog knows of a file. */
export interface KnownFile extends Fingerprint {
  /** null when the file could not be read the last time. */
  readonly contentId: number | null;
  /** True when the last run that looked did not find it. */
  readonly missing: boolean;
  readonly error: string | null;
}
