import { listFiles } from "@huggingface/hub";
import { ClipfindError } from "../../errors.ts";
import { boundedFetch } from "./bounded-fetch.ts";
import type { HubConnection } from "./hub-connection.ts";
import { type RetryOptions, retrying } from "./retrying.ts";
import { Transient } from "./transient.ts";

/** What a file must be: the SHA-256 of a large one, Git's object id (a SHA-1) of a small one. */
export interface Digest {
  readonly algorithm: "sha256" | "git-sha1";
  readonly hex: string;
}

/** A file of a repository, as the hub's list of files tells it. */
export interface RemoteFile {
  readonly bytes: number;
  readonly digest: Digest;
}

/** A model has a few dozen files. What goes on and on is no list of them. */
const most = { files: 20_000, pages: 100 };

/**
 * The files of a repository on the hub, by path.
 * @throws ClipfindError HUB_DENIED, HUB_NOT_FOUND, HUB_FAILED (also for a list that makes no sense), AbortError
 */
export function listRepository(
  hub: HubConnection,
  { repository, revision = "main" }: { repository: string; revision?: string | undefined },
  options: RetryOptions,
): Promise<Map<string, RemoteFile>> {
  return retrying(async () => {
    let pages = 0;
    const get = boundedFetch(hub, options.signal, (found) => senseless(repository, found));
    const counted = (url: string): Promise<Response> => {
      pages++;
      if (pages > most.pages) throw senseless(repository, `more than ${most.pages} pages`);
      return get(url);
    };
    const files = new Map<string, RemoteFile>();
    try {
      const entries = listFiles({
        repo: { type: "model", name: repository },
        revision,
        recursive: true,
        hubUrl: hub.endpoint,
        fetch: counted as typeof fetch,
      });
      for await (const { type, path, size, oid, lfs } of entries) {
        if (type !== "file" || typeof path !== "string") continue;
        const file = remoteFile(lfs?.size ?? size, lfs?.oid, oid);
        if (file === undefined) throw senseless(repository, `${JSON.stringify(path)} without a size and a checksum`);
        files.set(path, file);
        if (files.size > most.files) throw senseless(repository, `more than ${most.files} files`);
      }
    } catch (error) {
      if (error instanceof ClipfindError || error instanceof Transient || isAbort(error)) throw error;
      throw senseless(repository, "something else", error);
    }
    return files;
  }, options);
}

function remoteFile(bytes: unknown, sha256: unknown, oid: unknown): RemoteFile | undefined {
  if (!Number.isSafeInteger(bytes) || (bytes as number) < 0) return undefined;
  const size = bytes as number;
  const hex = typeof sha256 === "string" ? sha256.replace(/^sha256:/, "") : undefined;
  if (hex !== undefined) {
    return /^[0-9a-f]{64}$/.test(hex) ? { bytes: size, digest: { algorithm: "sha256", hex } } : undefined;
  }
  if (typeof oid !== "string" || !/^[0-9a-f]{40}$/.test(oid)) return undefined;
  return { bytes: size, digest: { algorithm: "git-sha1", hex: oid } };
}

function isAbort(error: unknown): boolean {
  return error instanceof DOMException && error.name === "AbortError";
}

function senseless(repository: string, found: string, cause?: unknown): ClipfindError {
  return new ClipfindError("HUB_FAILED", `Expected a list of the files of ${repository} from the hub, found ${found}`, {
    hint: "Is --hub (HF_ENDPOINT) the URL of a hub that speaks the Hugging Face hub's interface?",
    cause,
  });
}
