import { rm, stat } from "node:fs/promises";
import type { Response } from "undici";
import { ClipfindError } from "../../errors.ts";
import { fileError } from "../file-error.ts";
import { contentHash, shownDigest, updateFromFile } from "./content-digest.ts";
import type { HubConnection } from "./hub-connection.ts";
import { failureOfNetwork, failureOfStatus, shownUrl } from "./hub-failure.ts";
import type { RemoteFile } from "./list-repository.ts";
import { PartFile } from "./part-file.ts";
import { type RetryOptions, retrying } from "./retrying.ts";
import { Transient } from "./transient.ts";

export interface DownloadRequest extends RetryOptions {
  readonly hub: HubConnection;
  readonly url: string;
  readonly file: RemoteFile;
  /** Where it goes; its directory is there. */
  readonly target: string;
  /** Told the bytes of the file that are there, each time their number changes. */
  readonly onBytes?: ((present: number) => void) | undefined;
}

/** Times that what is there may turn out to be of no use before it is given up. */
const mostRestarts = 3;

/**
 * Downloads a file, which appears whole and checked or not at all: what comes is written to `target.part`, hashed
 * meanwhile, synced and renamed. A part that an earlier call left is continued where the server agrees that the file is
 * still the same.
 * @throws ClipfindError DOWNLOAD_DAMAGED, HUB_*, DISK_FULL, PERMISSION_DENIED, AbortError; the part stays, unless damaged
 */
export async function downloadFile(request: DownloadRequest): Promise<void> {
  const { file, target, onBytes } = request;
  let part: PartFile | undefined;
  try {
    if (await isThere(file, target)) {
      onBytes?.(file.bytes);
      return;
    }
    part = await PartFile.resume(target, file);
    onBytes?.(part.present);
    await complete(part, request);
  } catch (error) {
    throw fileError(error, target);
  } finally {
    await part?.close();
  }
}

async function isThere(file: RemoteFile, target: string): Promise<boolean> {
  const stats = await stat(target).catch(() => undefined);
  if (stats === undefined) return false;
  if (stats.isFile() && stats.size === file.bytes) {
    const hash = contentHash(file);
    await updateFromFile(hash, target, file.bytes);
    if (hash.digest("hex") === file.digest.hex) return true;
  }
  await rm(target, { recursive: true });
  return false;
}

async function complete(part: PartFile, request: DownloadRequest): Promise<void> {
  const { url, file } = request;
  let restarts = 0;
  await retrying(async () => {
    const wasPresent = part.present;
    if (part.present < file.bytes || file.bytes === 0) await fetchRest(part, request);
    const found = await part.finish();
    if (found === undefined) return;
    request.onBytes?.(0);
    const failure = damaged(`${shownUrl(url)}: expected ${shownDigest(file.digest)}, found ${found}`);
    // What was there before may be to blame; what has come in one piece is what the server has.
    restarts++;
    throw wasPresent > 0 && restarts < mostRestarts ? new Transient(failure) : failure;
  }, request);

  async function fetchRest(to: PartFile, { hub, signal, onBytes }: DownloadRequest): Promise<void> {
    const headers: Record<string, string> = {};
    if (to.present > 0) headers["range"] = `bytes=${to.present}-`;
    if (to.present > 0 && to.strongEtag !== undefined) headers["if-range"] = to.strongEtag;
    const response = await hub.get(url, { headers, signal });
    const failure = await prepare(to, file, url, response);
    if (failure !== undefined) {
      await response.body?.cancel();
      onBytes?.(to.present);
      const isRestart = to.present === 0 && failure instanceof Transient && headers["range"] !== undefined;
      if (isRestart && ++restarts >= mostRestarts) throw failure.failure;
      throw failure;
    }
    const before = to.present;
    const body = (response.body ?? []) as AsyncIterable<Uint8Array>;
    try {
      for await (const chunk of body) {
        if (to.present + chunk.length > file.bytes) {
          await to.restart(null);
          throw damaged(`${shownUrl(url)}: expected ${file.bytes} bytes, found more`);
        }
        await to.append(chunk).catch((error: unknown) => {
          throw fileError(error, to.path);
        });
        onBytes?.(to.present);
      }
    } catch (error) {
      throw failureOfNetwork(error, url, to.present > before);
    }
    if (to.present === file.bytes) return;
    const message = `${shownUrl(url)}: the answer ended after ${to.present} of ${file.bytes} bytes`;
    const ended = new ClipfindError("HUB_FAILED", message, {
      hint: "Run the command again: it goes on where it stopped.",
    });
    throw new Transient(ended, { progressed: to.present > before });
  }
}

/** Makes `part` ready for the body of an answer, or returns why it is of no use. */
async function prepare(
  part: PartFile,
  file: RemoteFile,
  url: string,
  { status, headers }: Response,
): Promise<ClipfindError | Transient | undefined> {
  if (status === 206) {
    if (part.present > 0 && rangeStart(headers.get("content-range"), file.bytes) === part.present) return undefined;
    await part.restart(null);
    const message = `${shownUrl(url)}: the server sent another part of the file than was asked for`;
    return new Transient(new ClipfindError("HUB_FAILED", message, { hint: "Try another mirror with --hub." }));
  }
  if (status === 200) {
    await part.restart(headers.get("etag"));
    // What was compressed for the way, although it was asked not to be, has another length.
    const length = headers.get("content-encoding") === null ? headers.get("content-length") : null;
    if (length === null || Number(length) === file.bytes) return undefined;
    return damaged(`${shownUrl(url)}: expected ${file.bytes} bytes by the hub's list of files, found ${length}`);
  }
  // A file that has become shorter, or a server that mistakes the end: from the beginning, then.
  if (status === 416) await part.restart(null);
  return failureOfStatus(status, headers, url);
}

/** Where "bytes 100-199/200" begins; undefined for what is none, or is of another file. */
function rangeStart(contentRange: string | null, bytes: number): number | undefined {
  const [, start, total] = /^bytes (\d+)-\d+\/(\d+|\*)$/.exec(contentRange ?? "") ?? [];
  if (start === undefined || (total !== "*" && Number(total) !== bytes)) return undefined;
  return Number(start);
}

function damaged(message: string): ClipfindError {
  return new ClipfindError("DOWNLOAD_DAMAGED", message, {
    hint: "It was thrown away. Run the command again; if it happens again, the mirror or a proxy changes files.",
  });
}
