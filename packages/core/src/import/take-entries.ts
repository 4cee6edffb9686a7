import { joinBytePath } from "../byte-path.ts";
import { contentHash } from "../content-hash.ts";
import type { Catalog } from "../db/open-catalog.ts";
import { ClipfindError } from "../errors.ts";
import type { Fingerprint } from "../fingerprint.ts";
import { type BatchWriter, contentKey } from "../indexing/batch-writer.ts";
import { readMetadata } from "../metadata/read-metadata.ts";
import type { PhotoMetadata } from "../photo-metadata.ts";
import { readPhoto } from "../photos/read-photo.ts";
import type { ImportSource } from "./check-agreement.ts";
import { changeSince, photoOfRow, type RowLeftOut } from "./photo-of-row.ts";
import type { PhotoOnDisk } from "./photos-on-disk.ts";
import { rclipVector } from "./rclip-vector.ts";

/** Files that are read at a time: a network drive answers several as fast as one. */
const readAtOnce = 4;

/** What became of some rows. */
export interface TakenEntries {
  readonly done: number;
  readonly bytesRead: number;
  readonly imported: number;
  readonly vectors: number;
  readonly leftOut: readonly RowLeftOut[];
}

/** What a library takes entries with. */
export interface ImportTarget {
  readonly catalog: Catalog;
  readonly writer: BatchWriter;
  readonly dims: number;
  /** Contents whose vector the library has lost. */
  readonly lost: Set<number>;
}

/** A file that is as rclip has seen it, and rclip's vector of it. */
interface ReadEntry {
  readonly photo: PhotoOnDisk;
  readonly fingerprint: Fingerprint;
  readonly hash: Buffer;
  readonly vector: Float32Array;
  readonly metadata: PhotoMetadata;
}

/**
 * Reads and hashes the files of rows, without decoding them, and takes them in with rclip's vectors: one for each
 * content that the library has none of. Commits every few seconds, as an index run does; the caller flushes at the end.
 * @throws ClipfindError IMPORT_SOURCE_UNUSABLE, DISK_FULL, CATALOG_*, STORE_*
 */
export async function* takeEntries(
  source: ImportSource,
  ids: readonly number[],
  target: ImportTarget,
): AsyncGenerator<TakenEntries, void, void> {
  const { catalog, writer } = target;
  let nextId = catalog.contents.lastId() + 1;
  // Reserved before anything is stored under them: what a killed run has stored is never taken for another photo's.
  if (ids.length > 0) catalog.transaction(() => catalog.contents.reserveUpTo(nextId + ids.length - 1));
  for (let at = 0; at < ids.length; at += readAtOnce) {
    const some = ids.slice(at, at + readAtOnce);
    const found = await Promise.all(some.map((id) => readEntry(source, id, target.dims)));
    const read = found.filter((entry) => entry !== undefined && "hash" in entry);
    let vectors = 0;
    for (const entry of read) {
      if (take(entry, target, nextId)) {
        nextId++;
        vectors++;
      }
    }
    yield {
      done: some.length,
      bytesRead: read.reduce((sum, { fingerprint }) => sum + Number(fingerprint.bytes), 0),
      imported: read.length,
      vectors,
      leftOut: found.filter((entry) => entry !== undefined && "why" in entry),
    };
    if (writer.isDue) await writer.flush();
  }
}

/** undefined where rclip has removed the row meanwhile. */
async function readEntry(
  { database, photos }: ImportSource,
  id: number,
  dims: number,
): Promise<ReadEntry | RowLeftOut | undefined> {
  const entry = database.entry(id);
  if (entry === undefined) return undefined;
  const { row } = entry;
  const photo = photoOfRow(row, photos);
  if ("why" in photo) return photo;
  const vector = rclipVector(entry.vector, dims);
  if (vector === undefined) {
    return { path: row.path, why: "malformed", reason: "its vector has no direction, or numbers that are none" };
  }
  try {
    const { bytes, fingerprint } = await readPhoto(joinBytePath(photo.directory, photo.name));
    const change = changeSince(row, fingerprint);
    return change ?? { photo, fingerprint, hash: contentHash(bytes), vector, metadata: readMetadata(bytes) };
  } catch (error) {
    if (!(error instanceof ClipfindError) || error.code !== "IMAGE_UNREADABLE") throw error;
    return { path: row.path, why: "unreadable", reason: error.message };
  }
}

/** Adds a file, and its content under `newId` if that is new. Whether the vector was needed. */
function take({ photo, fingerprint, hash, vector, metadata }: ReadEntry, target: ImportTarget, newId: number): boolean {
  const { catalog, writer, lost } = target;
  const known = catalog.contents.byHash(hash);
  const hasVector = known !== undefined && known.error === null && !lost.has(known.id);
  const reference = hasVector ? known : writer.unsaved(contentKey(hash));
  const id = reference?.id ?? known?.id ?? newId;
  if (reference === undefined) {
    writer.addContent({ id, hash, bytes: Number(fingerprint.bytes), metadata }, vector);
    lost.delete(id);
  }
  writer.addFile({ directory: photo.directory, name: photo.name, fingerprint, contentId: id, error: null });
  return reference === undefined;
}
