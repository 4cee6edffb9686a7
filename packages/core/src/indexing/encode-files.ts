import { bytePathToText, joinBytePath } from "../byte-path.ts";
import type { KnownContent } from "../db/contents-table.ts";
import type { Catalog } from "../db/open-catalog.ts";
import { ClipfindError } from "../errors.ts";
import type { EncoderSlot } from "../photos/encoder-slot.ts";
import { type PhotoEncoder, photoError, type PhotoIdentity } from "../photos/photo-encoder.ts";
import type { PhotoEncoders } from "../photos/photo-encoders.ts";
import type { PhotoReader } from "../photos/photo-reader.ts";
import { ProcessLost } from "../threads/worker-process.ts";
import { type BatchWriter, contentKey } from "./batch-writer.ts";
import type { FileToRead, WorkList } from "./work-list.ts";
import type { Health } from "./heal.ts";
import type { KnownSizes } from "./known-sizes.ts";
import type { ProgressFeed } from "./progress-feed.ts";
import { UnknownFiles } from "./unknown-files.ts";

export interface EncodeFilesOptions {
  readonly work: WorkList;
  readonly encoders: PhotoEncoders;
  readonly reader: PhotoReader;
  readonly sizes: KnownSizes;
  readonly catalog: Catalog;
  readonly writer: BatchWriter;
  readonly health: Health;
  readonly feed: ProgressFeed;
  readonly signal: AbortSignal;
}

/** Photos an encoder has in hand: while the model runs for one, the other is read and decoded. */
const lanes = [0, 1];

/**
 * Works through the files to read. A file whose content is known, in the catalog or from this very run, costs no
 * encoding; known from the catalog, it costs no encoder either. A photo that fails is recorded and reported; anything worse
 * ends the run. Stops between two photos when the signal is aborted.
 *
 * Photos that were in hand when an encoder was lost wait until all others are done. Then each is given an encoder of
 * its own, and the whole memory: if that is lost too, this photo is to blame, and no other.
 */
export async function encodeFiles(options: EncodeFilesOptions): Promise<void> {
  const { encoders, catalog, writer, health, feed, signal } = options;
  const contentOf = contentFinder(options);
  const suspects: FileToRead[] = [];
  const broken = new AbortController();

  const settled = (file: FileToRead, reason: string | null): void => {
    feed.add({ done: 1, failed: reason === null ? 0 : 1 });
    if (reason !== null) feed.problem(bytePathToText(joinBytePath(file.directory, file.name)), reason);
  };
  // A full disk must stop the run, not pile up vectors in memory.
  const commit = async (): Promise<void> => {
    if (writer.isDue) await writer.flush();
  };
  const recognize = (file: FileToRead, { hash, fingerprint }: PhotoIdentity): boolean => {
    const known = catalog.contents.byHash(hash);
    if (known === undefined || health.lost.has(known.id)) return false;
    feed.add({ bytesRead: Number(fingerprint.bytes), reused: known.error === null ? 1 : 0 });
    writer.addFile({ ...file, fingerprint, contentId: known.id, error: null });
    settled(file, known.error);
    return true;
  };
  const unknown = new UnknownFiles({ ...options, recognize, commit });

  const process = async (encoder: PhotoEncoder, lane: number, file: FileToRead, alone = false): Promise<void> => {
    const path = joinBytePath(file.directory, file.name);
    // Alone in its encoder, a photo has nobody else to blame.
    const own = <T>(step: Promise<T>): Promise<T> =>
      alone ? step.catch((error: unknown) => Promise.reject(photoError(error))) : step;
    let reason: string | null;
    try {
      const photo = await own(encoder.read(path, lane));
      feed.add({ bytesRead: Number(photo.fingerprint.bytes) });
      const { id, error } = await contentOf(photo, () => own(encoder.encode(lane)));
      writer.addFile({ ...file, fingerprint: photo.fingerprint, contentId: id, error: null });
      reason = error;
    } catch (error) {
      if (!isUnreadable(error)) throw error;
      reason = error.message;
      writer.addFile({ ...file, contentId: null, error: reason });
    }
    settled(file, reason);
    await commit();
  };

  const encode = async (slot: EncoderSlot, lane: number, file: FileToRead): Promise<void> => {
    try {
      await slot.use((encoder) => process(encoder, lane, file));
    } catch (error) {
      if (!(error instanceof ProcessLost)) throw error;
      suspects.push(file);
    }
  };

  const drive = async (slot: EncoderSlot, lane: number): Promise<void> => {
    while (!broken.signal.aborted && !signal.aborted) {
      try {
        const file = await unknown.next();
        if (file === undefined) return;
        await encode(slot, lane, file);
      } catch (error) {
        broken.abort();
        throw error;
      }
    }
  };

  const drives = encoders.slots.flatMap((slot) => lanes.map((lane) => drive(slot, lane)));
  const failed = (await Promise.allSettled(drives)).find((result) => result.status === "rejected");
  if (failed !== undefined) throw failed.reason;

  for (const file of suspects) {
    if (signal.aborted) break;
    await using slot = await encoders.alone();
    await slot.use((encoder) => process(encoder, 0, file, true));
  }
}

type Encode = () => ReturnType<PhotoEncoder["encode"]>;

/** Finds the content of a photo: known, being encoded for a copy right now, or encoded now. */
function contentFinder({ work, catalog, writer, health, feed }: EncodeFilesOptions) {
  /** Contents being encoded right now, by hash: copies of one photo wait for the first. */
  const underWay = new Map<string, Promise<KnownContent>>();
  // Reserved before anything is stored under them: what a killed run has stored is never taken for another photo's.
  let nextId = catalog.contents.lastId() + 1;
  if (work.length > 0) catalog.transaction(() => catalog.contents.reserveUpTo(nextId + work.length - 1));
  /** Ids that photos were to have whose encoder was lost. */
  const unused: number[] = [];

  const encoded = async ({ hash, fingerprint }: PhotoIdentity, id: number, encode: Encode) => {
    const content = { id, hash, bytes: Number(fingerprint.bytes) };
    try {
      const { vector, ...about } = await encode();
      feed.add({ encoded: 1 });
      health.lost.delete(id);
      return writer.addContent({ ...content, ...about }, vector);
    } catch (error) {
      if (!isUnreadable(error)) throw error;
      return writer.addContent({ ...content, error: error.message }, undefined);
    }
  };

  return async (photo: PhotoIdentity, encode: Encode): Promise<KnownContent> => {
    const key = contentKey(photo.hash);
    const known = catalog.contents.byHash(photo.hash);
    const reusable = known !== undefined && !health.lost.has(known.id) ? known : writer.unsaved(key);
    const pending = underWay.get(key);
    // Not awaited where there is none: of two copies asked for in one turn, both would take themselves for the first.
    const reference = reusable ?? (pending && (await pending));
    if (reference !== undefined) {
      if (reference.error === null) feed.add({ reused: 1 });
      return reference;
    }
    const id = known?.id ?? unused.pop() ?? nextId++;
    const encoding = encoded(photo, id, encode);
    underWay.set(key, encoding);
    try {
      return await encoding;
    } catch (error) {
      if (known === undefined) unused.push(id);
      throw error;
    } finally {
      underWay.delete(key);
    }
  };
}

function isUnreadable(error: unknown): error is ClipfindError {
  return error instanceof ClipfindError && error.code === "IMAGE_UNREADABLE";
}
