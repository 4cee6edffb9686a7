import { type BytePath, bytePathToText, joinBytePath } from "../byte-path.ts";
import type { Catalog } from "../db/open-catalog.ts";
import type { SidecarRow } from "../db/sidecars-table.ts";
import { type Fingerprint, sameFingerprint } from "../fingerprint.ts";
import type { FoundFile } from "../found-files.ts";
import { sidecarNames } from "../metadata/sidecar-names.ts";
import type { DescribedFile, PhotoReader } from "../photos/photo-reader.ts";
import type { ProgressFeed } from "./progress-feed.ts";
import { refineDirectory } from "./refine-contents.ts";

/** A directory with sidecars that were found, or are known. */
export interface SidecarDirectory {
  readonly path: BytePath;
  readonly sidecars: Iterable<FoundFile>;
  /** Names of photos whose rows this run changes; undefined where an earlier run may not have come to its end. */
  readonly touched: ReadonlySet<BytePath> | undefined;
}

export interface ReadSidecarsOptions {
  readonly catalog: Catalog;
  readonly reader: PhotoReader;
  readonly directories: readonly SidecarDirectory[];
  readonly feed: ProgressFeed;
  readonly signal: AbortSignal;
}

/** Sidecars that are read in one go. */
const filesPerBatch = 64;
/** Larger ones are not read: Lightroom's with many masks have some hundred thousand bytes. */
const mostBytes = 8n << 20n;

/**
 * Reads the sidecars that are new or changed and forgets those that are gone, a directory at a time, each in one commit.
 * Comes after the rows of the photos. Stops between two directories when the signal is aborted.
 * @throws ProcessLost where a sidecar cannot be read in any time; DISK_FULL
 */
export async function readSidecars({ catalog, reader, directories, feed, signal }: ReadSidecarsOptions): Promise<void> {
  for (const { path, sidecars, touched } of directories) {
    if (signal.aborted) return;
    const id = catalog.directories.find(path);
    if (id === undefined) continue;
    const { toRead, gone } = compareSidecars(catalog.sidecars.fingerprints(id), sidecars);
    const rows: SidecarRow[] = [];
    for (let at = 0; at < toRead.length; at += filesPerBatch) {
      rows.push(...(await read(reader, feed, path, toRead.slice(at, at + filesPerBatch))));
    }
    catalog.transaction(() => {
      for (const row of rows) catalog.sidecars.put(id, row);
      for (const name of gone) catalog.sidecars.remove(id, name);
      const changed = new Set([...toRead.map(({ name }) => name), ...gone]);
      refineDirectory(
        catalog,
        id,
        // Even where no sidecar has changed a photo may be new, or have another content.
        (name) => touched?.has(name) !== false || sidecarNames(name).some((sidecar) => changed.has(sidecar)),
      );
    });
    feed.add({ sidecars: rows.length });
  }
}

/** Which sidecars of a directory are new or changed, and which are known and were not found. */
export function compareSidecars(
  known: ReadonlyMap<BytePath, Fingerprint>,
  found: Iterable<FoundFile>,
): { toRead: FoundFile[]; gone: BytePath[] } {
  const before = new Map(known);
  const toRead: FoundFile[] = [];
  for (const file of found) {
    const fingerprint = before.get(file.name);
    if (fingerprint === undefined || !sameFingerprint(fingerprint, file.fingerprint)) toRead.push(file);
    before.delete(file.name);
  }
  return { toRead, gone: [...before.keys()] };
}

/** One that cannot be read counts as one that says nothing, until it changes. */
async function read(
  reader: PhotoReader,
  feed: ProgressFeed,
  directory: BytePath,
  files: readonly FoundFile[],
): Promise<SidecarRow[]> {
  const small = files.filter(({ fingerprint }) => fingerprint.bytes <= mostBytes);
  const described =
    small.length === 0 ? [] : await reader.describe(small.map(({ name }) => joinBytePath(directory, name)));
  const answers = new Map<FoundFile, DescribedFile | string>(small.map((file, at) => [file, described[at]!]));
  return files.map((file) => {
    const answer = answers.get(file) ?? "larger than 8 MiB: no sidecar of a photo";
    if (typeof answer !== "string") return { name: file.name, ...answer };
    feed.problem(bytePathToText(joinBytePath(directory, file.name)), answer);
    return { name: file.name, fingerprint: file.fingerprint, metadata: {} };
  });
}
