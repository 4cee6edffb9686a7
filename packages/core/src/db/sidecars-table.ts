import type { Database } from "better-sqlite3";
import { type BytePath, bytePathFromBuffer, bytePathToBuffer } from "../byte-path.ts";
import type { Fingerprint } from "../fingerprint.ts";
import type { PhotoMetadata } from "../photo-metadata.ts";

/** A sidecar as it was when it was read. */
export interface SidecarRow {
  readonly name: BytePath;
  readonly fingerprint: Fingerprint;
  readonly metadata: PhotoMetadata;
}

export interface SidecarsTable {
  /** Inserts the row or replaces it. */
  put(directoryId: number, sidecar: SidecarRow): void;
  remove(directoryId: number, name: BytePath): void;
  /** As what the known sidecars of a directory were read. */
  fingerprints(directoryId: number): Map<BytePath, Fingerprint>;
  /** Every sidecar of a directory that is known. */
  inDirectory(directoryId: number): SidecarRow[];
  /** What those of the `names` say that are known, in this order. */
  named(directoryId: number, names: readonly BytePath[]): PhotoMetadata[];
  /** Whether any is known. */
  areIn(directoryId: number): boolean;
}

interface Row {
  readonly name: Buffer;
  readonly bytes: bigint;
  readonly mtime_ns: bigint;
  readonly ctime_ns: bigint;
  readonly inode: bigint;
  readonly metadata: string;
}

export function sidecarsTable(db: Database): SidecarsTable {
  const put = db.prepare(
    `INSERT INTO sidecars (directory_id, name, bytes, mtime_ns, ctime_ns, inode, metadata) VALUES (?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (directory_id, name) DO UPDATE SET bytes = excluded.bytes, mtime_ns = excluded.mtime_ns,
       ctime_ns = excluded.ctime_ns, inode = excluded.inode, metadata = excluded.metadata`,
  );
  const remove = db.prepare("DELETE FROM sidecars WHERE directory_id = ? AND name = ?");
  const inDirectory = db
    .prepare<[number], Row>(
      "SELECT name, bytes, mtime_ns, ctime_ns, inode, metadata FROM sidecars WHERE directory_id = ? ORDER BY name",
    )
    .safeIntegers();
  const named = db
    .prepare<[number, Uint8Array], string>("SELECT metadata FROM sidecars WHERE directory_id = ? AND name = ?")
    .pluck();
  const any = db.prepare<[number], number>("SELECT 1 FROM sidecars WHERE directory_id = ? LIMIT 1").pluck();
  return {
    put: (directoryId, { name, fingerprint: { bytes, mtimeNs, ctimeNs, inode }, metadata }) => {
      put.run(directoryId, bytePathToBuffer(name), bytes, mtimeNs, ctimeNs, inode, JSON.stringify(metadata));
    },
    remove: (directoryId, name) => {
      remove.run(directoryId, bytePathToBuffer(name));
    },
    fingerprints: (directoryId) =>
      new Map(inDirectory.all(directoryId).map((row) => [bytePathFromBuffer(row.name), fingerprintOf(row)])),
    inDirectory: (directoryId) =>
      inDirectory.all(directoryId).map((row) => ({
        name: bytePathFromBuffer(row.name),
        fingerprint: fingerprintOf(row),
        metadata: JSON.parse(row.metadata) as PhotoMetadata,
      })),
    named: (directoryId, names) =>
      names.flatMap((name) => {
        const metadata = named.get(directoryId, bytePathToBuffer(name));
        return metadata === undefined ? [] : [JSON.parse(metadata) as PhotoMetadata];
      }),
    areIn: (directoryId) => any.get(directoryId) !== undefined,
  };
}

function fingerprintOf({ bytes, mtime_ns: mtimeNs, ctime_ns: ctimeNs, inode }: Row): Fingerprint {
  return { bytes, mtimeNs, ctimeNs, inode };
}
