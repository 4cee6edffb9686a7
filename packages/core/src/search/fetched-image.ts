import { mkdtemp, open, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EnvHttpProxyAgent, fetch } from "undici";
import { ClipfindError } from "../errors.ts";
import { assertGoingOn } from "./assert-going-on.ts";

/** No picture that is fetched is larger, in bytes. */
const mostBytes = 100 * 2 ** 20;
/** Milliseconds for all of it. */
const patience = 60_000;

/** A picture from the network in a temporary file, which goes with it. */
export class FetchedImage implements AsyncDisposable {
  readonly path: string;
  readonly #directory: string;

  /**
   * GETs `url` through the proxies that the environment names.
   * @throws ClipfindError IMAGE_UNREADABLE, ABORTED
   */
  static async fetch(url: string, signal?: AbortSignal): Promise<FetchedImage> {
    const image = new FetchedImage(await mkdtemp(join(tmpdir(), "clipfind-")));
    const late = AbortSignal.timeout(patience);
    try {
      await using agent = disposable(new EnvHttpProxyAgent());
      const response = await fetch(url, {
        dispatcher: agent.value,
        signal: signal === undefined ? late : AbortSignal.any([signal, late]),
        headers: { "user-agent": "clipfind", accept: "image/*,*/*;q=0.5" },
      });
      if (!response.ok) throw unusable(url, `the server answers ${response.status} ${response.statusText}`.trim());
      await using file = await open(image.path, "wx");
      let bytes = 0;
      for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
        bytes += chunk.length;
        if (bytes > mostBytes) throw unusable(url, `larger than ${mostBytes / 2 ** 20} MiB`);
        await file.writeFile(chunk);
      }
      return image;
    } catch (cause) {
      await image[Symbol.asyncDispose]();
      assertGoingOn(signal);
      if (cause instanceof ClipfindError) throw cause;
      if (late.aborted) throw unusable(url, `no whole answer within ${patience / 1000} seconds`, cause);
      const inner = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause;
      throw unusable(url, inner instanceof Error ? inner.message : String(inner), cause);
    }
  }

  private constructor(directory: string) {
    this.#directory = directory;
    this.path = join(directory, "picture");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.#directory, { recursive: true, force: true });
  }
}

function disposable(value: EnvHttpProxyAgent): { value: EnvHttpProxyAgent } & AsyncDisposable {
  return { value, [Symbol.asyncDispose]: () => value.destroy() };
}

function unusable(url: string, reason: string, cause?: unknown): ClipfindError {
  return new ClipfindError("IMAGE_UNREADABLE", `Cannot use ${url} as a query: ${reason}`, {
    cause,
    hint: "Is it the address of the picture itself? Else download it and name the file.",
  });
}
