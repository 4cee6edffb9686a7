import { statSync } from "node:fs";
import { type BytePath, bytePathToBuffer, joinBytePath } from "../byte-path.ts";
import type { FileRecord } from "../db/files-table.ts";
import type { Catalog } from "../db/open-catalog.ts";
import { type Fingerprint, fingerprintOf, sameFingerprint } from "../fingerprint.ts";

/** Files to a commit; a directory is never divided. */
const filesPerCommit = 2048;

/** A row to be written. */
interface Taken {
  readonly directory: BytePath;
  readonly record: FileRecord;
}

/**
 * Takes in the files of another catalog whose contents are known here. Of two rows for one path the one counts that
 * fits the file as it is now; if both or neither do, the one that says more or is newer; else the one that is here.
 */
export function* mergeFiles(
  catalog: Catalog,
  source: Catalog,
): Generator<{ files: number; filesAdded: number; filesChanged: number }, void, void> {
  let batch: Taken[] = [];
  let counts = { files: 0, filesAdded: 0, filesChanged: 0 };
  const commit = (): typeof counts => {
    const [taken, done] = [batch, counts];
    [batch, counts] = [[], { files: 0, filesAdded: 0, filesChanged: 0 }];
    if (taken.length > 0) catalog.transaction(() => write(catalog, taken));
    return done;
  };
  for (const { id, path: directory } of source.directories.all()) {
    const knownId = catalog.directories.find(directory);
    const here = new Map((knownId === undefined ? [] : catalog.files.records(knownId)).map((row) => [row.name, row]));
    for (const record of source.files.records(id)) {
      counts.files++;
      const known = here.get(record.name);
      if (known === undefined) counts.filesAdded++;
      else if (wins(record, known, joinBytePath(directory, record.name))) counts.filesChanged++;
      else continue;
      batch.push({ directory, record });
    }
    if (batch.length >= filesPerCommit || counts.files >= 10 * filesPerCommit) yield commit();
  }
  yield commit();
}

function write(catalog: Catalog, taken: readonly Taken[]): void {
  let last: { path: BytePath; id: number } | undefined;
  for (const { directory, record } of taken) {
    if (last?.path !== directory) last = { path: directory, id: catalog.directories.findOrInsert(directory) };
    const { name, fingerprint, hash, error, missingSince } = record;
    // Without its content, which has lost its vector, the file is read again by the next index run.
    const contentId = hash === null ? null : (catalog.contents.byHash(hash)?.id ?? null);
    catalog.files.put({ directoryId: last.id, name, fingerprint, contentId, error, missingSince });
  }
}

/** Whether the row of another library says more of a file than the one that is here. Never both ways round. */
function wins(other: FileRecord, here: FileRecord, path: BytePath): boolean {
  if (saysTheSame(other, here)) return false;
  const now = fingerprintAt(path);
  const [a, b] = [merits(other, now), merits(here, now)];
  const first = a.findIndex((merit, index) => merit !== b[index]);
  return first !== -1 && (a[first] as bigint) > (b[first] as bigint);
}

/** What speaks for a row, the weightiest first. */
function merits({ fingerprint, hash, error, missingSince }: FileRecord, now: Fingerprint | undefined): bigint[] {
  return [
    now !== undefined && sameFingerprint(fingerprint, now),
    hash !== null || error !== null,
    fingerprint.mtimeNs,
    hash !== null,
    missingSince === null,
  ].map(BigInt);
}

function saysTheSame(a: FileRecord, b: FileRecord): boolean {
  const sameContent = a.hash === null || b.hash === null ? a.hash === b.hash : a.hash.equals(b.hash);
  const sameState = a.error === b.error && (a.missingSince === null) === (b.missingSince === null);
  return sameContent && sameState && sameFingerprint(a.fingerprint, b.fingerprint);
}

/** Of what is at `path` now; undefined where nothing is, or it cannot be asked. */
export function fingerprintAt(path: BytePath): Fingerprint | undefined {
  try {
    return fingerprintOf(statSync(bytePathToBuffer(path), { bigint: true }));
  } catch {
    // Not there, or on a disk that is not mounted: it cannot be asked.
    return undefined;
  }
}
