import { bytePathToText, joinBytePath } from "../byte-path.ts";
import type { KnownContent } from "../db/contents-table.ts";
import type { Catalog } from "../db/open-catalog.ts";
import { ClipfindError } from "../errors.ts";
import type { Model } from "../models/open-model.ts";
import { type BatchWriter, contentKey } from "./batch-writer.ts";
import type { FileToRead } from "./find-work.ts";
import type { Health } from "./heal.ts";
import { PhotoEncoder, type PhotoIdentity } from "../photos/photo-encoder.ts";
import type { ProgressFeed } from "./progress-feed.ts";

export interface EncodeFilesOptions {
  readonly work: readonly FileToRead[];
  readonly model: Model;
  readonly catalog: Catalog;
  readonly writer: BatchWriter;
  readonly health: Health;
  readonly feed: ProgressFeed;
  readonly workers: number;
  readonly signal: AbortSignal;
}

/**
 * Works through the files to read with one encoder per worker. A file whose content is known, in the catalog or from
 * this very run, costs no encoding. A photo that fails is recorded and reported; anything worse ends the run. Stops
 * between two photos when the signal is aborted.
 */
export async function encodeFiles(options: EncodeFilesOptions): Promise<void> {
  const { work, model, catalog, writer, health, feed, signal } = options;
  /** Contents being encoded right now, by hash: copies of one photo wait for the first. */
  const underWay = new Map<string, Promise<KnownContent>>();
  // Reserved before anything is stored under them: what a killed run has stored is never taken for another photo's.
  let nextId = catalog.contents.lastId() + 1;
  if (work.length > 0) catalog.transaction(() => catalog.contents.reserveUpTo(nextId + work.length - 1));
  let next = 0;
  const broken = new AbortController();

  const encode = async (encoder: PhotoEncoder, { hash, fingerprint }: PhotoIdentity, id: number) => {
    const content = { id, hash, bytes: Number(fingerprint.bytes) };
    try {
      const { vector, width, height, format } = await encoder.encode();
      feed.add({ encoded: 1 });
      health.lost.delete(id);
      return writer.addContent({ ...content, width, height, format }, vector);
    } catch (error) {
      if (!isUnreadable(error)) throw error;
      return writer.addContent({ ...content, error: error.message }, undefined);
    }
  };

  const contentOf = async (encoder: PhotoEncoder, photo: PhotoIdentity): Promise<KnownContent> => {
    const key = contentKey(photo.hash);
    const known = catalog.contents.byHash(photo.hash);
    const reusable = known !== undefined && !health.lost.has(known.id) ? known : writer.unsaved(key);
    const reference = reusable ?? (await underWay.get(key));
    if (reference !== undefined) {
      if (reference.error === null) feed.add({ reused: 1 });
      return reference;
    }
    const encoding = encode(encoder, photo, known?.id ?? nextId++);
    underWay.set(key, encoding);
    try {
      return await encoding;
    } finally {
      underWay.delete(key);
    }
  };

  const process = async (encoder: PhotoEncoder, file: FileToRead): Promise<void> => {
    const path = joinBytePath(file.directory, file.name);
    let reason: string | null;
    try {
      const photo = await encoder.read(path);
      const { id, error } = await contentOf(encoder, photo);
      writer.addFile({ ...file, fingerprint: photo.fingerprint, contentId: id, error: null });
      reason = error;
    } catch (error) {
      if (!isUnreadable(error)) throw error;
      reason = error.message;
      writer.addFile({ ...file, contentId: null, error: reason });
    }
    feed.add({ done: 1, failed: reason === null ? 0 : 1 });
    if (reason !== null) feed.problem(bytePathToText(path), reason);
  };

  const drive = async (number: number): Promise<void> => {
    await using encoder = PhotoEncoder.start(model, number);
    try {
      for (
        let file = work[next++];
        file !== undefined && !broken.signal.aborted && !signal.aborted;
        file = work[next++]
      ) {
        // One photo at a time per encoder; the encoders run in parallel.
        await process(encoder, file);
        // A full disk must stop the run, not pile up vectors in memory.
        if (writer.isDue) await writer.flush();
      }
    } catch (error) {
      broken.abort();
      throw error;
    }
  };

  const drives = Array.from({ length: Math.min(options.workers, work.length) }, (_, index) => drive(index + 1));
  const failed = (await Promise.allSettled(drives)).find((result) => result.status === "rejected");
  if (failed !== undefined) throw failed.reason;
}

function isUnreadable(error: unknown): error is ClipfindError {
  return error instanceof ClipfindError && error.code === "IMAGE_UNREADABLE";
}
