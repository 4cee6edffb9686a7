import { listFiles } from "@huggingface/hub";
import { ClipfindError } from "../../errors.ts";
import { failureOfNetwork } from "./hub-failure.ts";
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
const most = { files: 20_000, pages: 100, pageBytes: 16 * 2 ** 20 };

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
    const get = async (url: string): Promise<Response> => {
      pages++;
      if (pages > most.pages) throw senseless(repository, `more than ${most.pages} pages`);
      const response = await hub.getOk(url, { headers: { accept: "application/json" }, signal: options.signal });
      const chunks: Uint8Array[] = [];
      let bytes = 0;
      try {
        for await (const chunk of response.body ?? []) {
          bytes += (chunk as Uint8Array).length;
          if (bytes > most.pageBytes) throw senseless(repository, `a page of more than ${most.pageBytes} bytes`);
          chunks.push(chunk as Uint8Array);
        }
      } catch (error) {
        throw failureOfNetwork(error, url);
      }
      return new Response(Buffer.concat(chunks), { headers: [...response.headers] });
    };
    const files = new Map<string, RemoteFile>();
    try {
      const entries = listFiles({
        repo: { type: "model", name: repository },
        revision,
        recursive: true,
        hubUrl: hub.endpoint,
        fetch: get as unknown as typeof fetch,
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
