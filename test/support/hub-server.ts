import { createHash } from "node:crypto";
import {
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
  createServer,
} from "node:http";
import type { AddressInfo } from "node:net";
import { onTestFinished } from "vitest";

/** Files of a repository on the hub, by path. */
export type RepositoryFiles = Readonly<Record<string, Buffer | string>>;

/** An answer other than the right one; true where the right one is to follow. */
export type Misbehaviour = (request: IncomingMessage, response: ServerResponse, content: Buffer) => unknown;

/**
 * A server on 127.0.0.1 that speaks as much of the Hugging Face hub's interface as downloading models takes: the list of
 * files with LFS metadata, in pages; a repository's description; `resolve`, which sends small files and redirects for large ones to another host; there
 * ranges and If-Range.
 */
export interface HubServer {
  /** What --hub takes. */
  readonly url: string;
  /** The other host, to which large files are redirected. */
  readonly cdn: string;
  /** What was asked for, in order. */
  readonly requests: readonly { readonly url: string; readonly headers: IncomingHttpHeaders }[];
  /** Adds or replaces a repository, with the hub's name of a licence if it has one. */
  put(name: string, files: RepositoryFiles, licence?: string): void;
  /** Answers the next `times` requests whose URL matches in another way. */
  misbehave(url: RegExp, how: Misbehaviour, times?: number): void;
}

/** Files of at least so many bytes are kept in LFS. */
const large = 1000;
/** Entries on a page of the list of files. */
const pageSize = 3;

/** Starts one, which ends with the test. */
export async function hubServer(): Promise<HubServer> {
  const repositories = new Map<string, Map<string, Buffer>>();
  const licences = new Map<string, string | undefined>();
  const requests: { url: string; headers: IncomingHttpHeaders }[] = [];
  const plans: { url: RegExp; how: Misbehaviour; times: number }[] = [];
  const byHash = (hash: string): Buffer | undefined =>
    [...repositories.values()].flatMap((files) => Array.from(files.values())).find((each) => sha256(each) === hash);

  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    const { pathname, searchParams } = new URL(request.url ?? "/", "http://hub");
    requests.push({ url: request.url ?? "", headers: request.headers });
    const [, owner, name, path = ""] = /^\/([^/]+)\/([^/]+)\/resolve\/[^/]+\/(.+)$/.exec(pathname) ?? [];
    const [, listed] = /^\/api\/models\/([^/]+\/[^/]+)\/tree\/[^/]+$/.exec(pathname) ?? [];
    const [, described] = /^\/api\/models\/([^/]+\/[^/]+)\/revision\/[^/]+$/.exec(pathname) ?? [];
    const [, hash] = /^\/cdn\/([0-9a-f]{64})$/.exec(pathname) ?? [];
    const files = repositories.get(listed ?? `${owner}/${name}`);
    const content = hash === undefined ? files?.get(decodeURIComponent(path)) : byHash(hash);
    const plan = plans.find(({ url, times }) => times > 0 && url.test(request.url ?? ""));
    if (plan !== undefined) {
      plan.times--;
      if (plan.how(request, response, content ?? Buffer.alloc(0)) !== true) return;
    }
    if (listed !== undefined && files !== undefined) {
      sendList(response, `${hub.url}${pathname}`, files, Number(searchParams.get("cursor") ?? 0));
    } else if (described !== undefined && licences.has(described)) {
      const licence = licences.get(described);
      const tags = ["clip", ...(licence === undefined ? [] : [`license:${licence}`])];
      response.writeHead(200, { "content-type": "application/json" });
      response.end(JSON.stringify({ _id: "0", id: described, private: false, lastModified: new Date(0), tags }));
    } else if (content === undefined) {
      response.writeHead(404, { "x-error-code": "EntryNotFound" }).end();
    } else if (hash === undefined && content.length >= large) {
      const to = `${hub.cdn}/cdn/${sha256(content)}?signature=secret`;
      response.writeHead(302, {
        location: to,
        "x-linked-size": content.length,
        "x-linked-etag": `"${sha256(content)}"`,
      });
      response.end();
    } else {
      sendFile(request, response, content);
    }
  };

  const [server, other] = [createServer(answer), createServer(answer)];
  const hub = {
    url: await start(server),
    cdn: await start(other),
    requests,
    put: (name: string, files: RepositoryFiles, licence?: string): void => {
      licences.set(name, licence);
      repositories.set(name, new Map(Object.entries(files).map(([path, content]) => [path, Buffer.from(content)])));
    },
    misbehave: (url: RegExp, how: Misbehaviour, times = 1): void => {
      plans.push({ url, how, times });
    },
  };
  return hub;
}

/** Starts a server on 127.0.0.1 that ends with the test; returns its URL. */
export async function start(server: Server): Promise<string> {
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** What a hub can do wrong. */
export const misbehaviours = {
  /** Answers with a status, and headers. */
  status:
    (status: number, headers: Record<string, string> = {}): Misbehaviour =>
    (_, response) => {
      response.writeHead(status, headers).end();
    },
  /** Sends the right answer's first bytes, from where a range begins, and cuts the connection when they have `arrived`. */
  cutAfter:
    (bytes: number, arrived: () => boolean): Misbehaviour =>
    (request, response, content) => {
      const from = rangeStart(request);
      const headers = { etag: etagOf(content), "content-length": content.length - from };
      const range = from > 0 ? { "content-range": `bytes ${from}-${content.length - 1}/${content.length}` } : {};
      response.writeHead(from > 0 ? 206 : 200, { ...headers, ...range });
      response.write(content.subarray(from, from + bytes));
      // A client may drop what it has received and not yet looked at when the connection breaks.
      const watch = setInterval(() => {
        if (!arrived() && !response.destroyed) return;
        clearInterval(watch);
        response.destroy();
      }, 5);
    },
  /** Sends the first bytes, then nothing more. */
  stallAfter:
    (bytes: number): Misbehaviour =>
    (_, response, content) => {
      response.writeHead(200, { etag: etagOf(content), "content-length": content.length });
      response.write(content.subarray(0, bytes));
    },
  /** Sends something else in its place. */
  send:
    (body: Buffer | string, headers: Record<string, string> = {}): Misbehaviour =>
    (_, response) => {
      response.writeHead(200, headers).end(body);
    },
  /** Sends all, whatever range was asked for. */
  ignoreRange: ((_, response, content) => {
    response.writeHead(200, { etag: etagOf(content) }).end(content);
  }) as Misbehaviour,
  /** Sends another range than was asked for. */
  wrongRange: ((_, response, content) => {
    response.writeHead(206, { "content-range": `bytes 1-${content.length - 1}/${content.length}` });
    response.end(content.subarray(1));
  }) as Misbehaviour,
};

/** The SHA-256 of a file, in hex. */
export function sha256(content: Buffer | string): string {
  return createHash("sha256").update(content).digest("hex");
}

function etagOf(content: Buffer): string {
  return `"${sha256(content).slice(0, 32)}"`;
}

function rangeStart(request: IncomingMessage): number {
  return Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? "")?.[1] ?? 0);
}

function sendList(response: ServerResponse, url: string, files: Map<string, Buffer>, cursor: number): void {
  const entries = [...files].map(([path, content]) => {
    const oid = createHash("sha1").update(`blob ${content.length}\0`).update(content).digest("hex");
    const lfs = { oid: sha256(content), size: content.length, pointerSize: 134 };
    return { type: "file", path, oid, size: content.length, lfs: content.length >= large ? lfs : undefined };
  });
  const next = cursor + pageSize;
  if (next < entries.length) response.setHeader("link", `<${url}?recursive=true&cursor=${next}>; rel="next"`);
  response.writeHead(200, { "content-type": "application/json" });
  response.end(JSON.stringify(entries.slice(cursor, next)));
}

function sendFile(request: IncomingMessage, response: ServerResponse, content: Buffer): void {
  const etag = etagOf(content);
  const from = rangeStart(request);
  const ifRange = request.headers["if-range"];
  if (from > 0 && (ifRange === undefined || ifRange === etag)) {
    if (from >= content.length) {
      response.writeHead(416, { "content-range": `bytes */${content.length}` }).end();
      return;
    }
    const contentRange = `bytes ${from}-${content.length - 1}/${content.length}`;
    response.writeHead(206, { etag, "content-range": contentRange, "content-length": content.length - from });
    response.end(content.subarray(from));
  } else {
    response.writeHead(200, { etag, "content-length": content.length }).end(content);
  }
}
