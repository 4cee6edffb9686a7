import { availableParallelism } from "node:os";
import { type BytePath, bytePathFromBuffer, bytePathToText } from "../byte-path.ts";
import { ClipfindError } from "../errors.ts";
import { photoError } from "./photo-encoder.ts";
import { type Thumbnail, ThumbnailProcess, type ThumbnailSettings } from "./thumbnail-process.ts";

export type { Thumbnail } from "./thumbnail-process.ts";

/** How a thumbnail is to be. */
export interface ThumbnailRequest extends ThumbnailSettings {
  /** Rejects with ABORTED as soon as it is aborted. */
  readonly signal?: AbortSignal | undefined;
}

/** No side of a thumbnail is longer, in pixels: a preview on the largest screens. */
const longestSide = 8192;

/** Each makes one at a time, so that it is certain which photo has done it harm. Two keep a grid from waiting. */
const processes = Array.from({ length: Math.min(2, availableParallelism()) }, () => new ThumbnailProcess());

/**
 * Makes a thumbnail of the photo at `path`, of any format that is read, in a process apart: a file that crashes the
 * decoder or keeps it busy for ever costs 20 seconds and no more. The processes start with the first call, end with
 * this one, and keep nothing from ending.
 *
 * @param path - as bytes, such as a hit's `pathBytes`
 * @throws ClipfindError IMAGE_UNREADABLE naming the file (also one that is gone), INVALID_ARGUMENT, ABORTED
 */
export async function photoThumbnail(path: Uint8Array, request: ThumbnailRequest): Promise<Thumbnail> {
  const { width, height, format, signal } = request;
  for (const side of [width, height]) {
    if (Number.isSafeInteger(side) && side >= 1 && side <= longestSide) continue;
    const message = `Expected a thumbnail's sides to be whole numbers from 1 to ${longestSide}, found ${side}`;
    throw new ClipfindError("INVALID_ARGUMENT", message);
  }
  const file = bytePathFromBuffer(path);
  const least = processes.reduce((best, each) => (each.waiting < best.waiting ? each : best));
  try {
    return await unlessAborted(signal, least.make({ path: file, width, height, format }, signal));
  } catch (error) {
    throw named(photoError(error), file);
  }
}

/** Does not wait for a photo that nobody wants to see any more. */
function unlessAborted<T>(signal: AbortSignal | undefined, work: Promise<T>): Promise<T> {
  if (signal === undefined) return work;
  return new Promise((resolve, reject) => {
    const abort = (): void => {
      work.catch(() => undefined);
      reject(new ClipfindError("ABORTED", "The thumbnail is not wanted any more."));
    };
    if (signal.aborted) return abort();
    signal.addEventListener("abort", abort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
  });
}

function named(error: unknown, file: BytePath): unknown {
  if (!(error instanceof ClipfindError) || error.code !== "IMAGE_UNREADABLE") return error;
  const message = `Cannot show ${bytePathToText(file)}: ${error.message}`;
  return new ClipfindError(error.code, message, {
    cause: error,
    ...(error.hint !== undefined && { hint: error.hint }),
  });
}
