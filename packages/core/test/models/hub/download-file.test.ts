import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, readFileSync, readdirSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { createServer as createPlainServer } from "node:net";
import path from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, onTestFinished, test } from "vitest";
import { type HubServer, hubServer, misbehaviours, sha256 } from "../../../../../test/support/hub-server.ts";
import { temporaryDirectory } from "../../../../../test/support/temporary-directory.ts";
import { downloadFile } from "../../../src/models/hub/download-file.ts";
import { HubConnection } from "../../../src/models/hub/hub-connection.ts";

const { cutAfter, ignoreRange, send, stallAfter, status, wrongRange } = misbehaviours;
const content = randomBytes(300_000);

interface World {
  readonly server: HubServer;
  readonly target: string;
  readonly reasons: string[];
  download(options?: { wanted?: Buffer; signal?: AbortSignal; patienceMs?: number; pauseMs?: number }): Promise<void>;
  /** Cuts the next answer when `bytes` of the file have come, and lets it send so many. */
  cutAt(bytes: number, sent?: number): void;
  /** Requests for the file itself, of which only the range is shown. */
  ranges(): (string | undefined)[];
}

async function world(at?: string): Promise<World> {
  const server = await hubServer();
  server.put("owner/name", { "weights.bin": content });
  const target = at ?? path.join(temporaryDirectory(), "weights.bin");
  const reasons: string[] = [];
  return {
    server,
    target,
    reasons,
    download: async ({ wanted = content, signal, patienceMs = 10_000, pauseMs = 1 } = {}) => {
      await using hub = new HubConnection({ endpoint: server.url, isDefault: false, env: {}, patienceMs });
      await downloadFile({
        hub,
        url: `${server.url}/owner/name/resolve/main/weights.bin`,
        file: { bytes: wanted.length, digest: { algorithm: "sha256", hex: sha256(wanted) } },
        target,
        pauseMs,
        signal,
        onRetry: (reason) => reasons.push(reason),
      });
    },
    cutAt: (bytes, sent = bytes) => {
      server.misbehave(
        /cdn/,
        cutAfter(sent, () => partSize(target) >= bytes),
      );
    },
    ranges: () => server.requests.filter(({ url }) => url.startsWith("/cdn/")).map(({ headers }) => headers.range),
  };
}

function expectWhole({ target }: World): void {
  expect(readFileSync(target).equals(content)).toBe(true);
  expect(readdirSync(path.dirname(target))).toEqual(["weights.bin"]);
}

describe("a download", () => {
  test("follows the hub's redirect and leaves the file alone", async () => {
    const it = await world();
    await it.download();
    expectWhole(it);
    expect(it.ranges()).toEqual([undefined]);
    await it.download();
    expect(it.ranges(), "a file that is there is not fetched again").toHaveLength(1);
  });

  test("goes on after a cut, with what the server calls the same file", async () => {
    const it = await world();
    it.cutAt(100_000);
    it.cutAt(150_000, 50_000);
    await it.download();
    expectWhole(it);
    expect(it.ranges()).toEqual([undefined, "bytes=100000-", "bytes=150000-"]);
    const marks = it.server.requests.map(({ headers }) => headers["if-range"]).filter((mark) => mark !== undefined);
    expect(new Set(marks)).toEqual(new Set([`"${sha256(content).slice(0, 32)}"`]));
    expect(it.reasons).toHaveLength(2);
  });

  test("goes on with what another process left", async () => {
    const it = await world();
    const stop = new AbortController();
    it.server.misbehave(/cdn/, stallAfter(120_000));
    const stopped = it.download({ signal: stop.signal });
    await expect.poll(() => partSize(it.target)).toBe(120_000);
    stop.abort();
    await expect(stopped).rejects.toMatchObject({ name: "AbortError" });
    expect(partSize(it.target)).toBe(120_000);
    await it.download();
    expectWhole(it);
    expect(it.ranges()).toEqual([undefined, "bytes=120000-"]);
  });

  test("begins anew when the file has become another one", async () => {
    const it = await world();
    const stop = new AbortController();
    it.server.misbehave(/cdn/, stallAfter(120_000));
    const stopped = it.download({ signal: stop.signal });
    await expect.poll(() => partSize(it.target)).toBe(120_000);
    stop.abort();
    await expect(stopped).rejects.toThrow();
    const other = randomBytes(200_000);
    it.server.put("owner/name", { "weights.bin": other });
    await it.download({ wanted: other });
    expect(readFileSync(it.target).equals(other)).toBe(true);
    expect(it.ranges().at(-1)).toBeUndefined();
  });

  test.each<[what: string, spoil: (part: string) => void]>([
    ["a part that was damaged", (part) => writeFileSync(part, Buffer.alloc(120_000))],
    ["a part that is too long", (part) => writeFileSync(part, Buffer.alloc(400_000))],
    ["a part that was cut", (part) => truncateSync(part, 7)],
    ["a note that is no JSON", (part) => writeFileSync(`${part}.json`, "{")],
    ["a note that is null", (part) => writeFileSync(`${part}.json`, "null")],
  ])("is right whatever became of %s", async (_, spoil) => {
    const it = await world();
    const stop = new AbortController();
    it.server.misbehave(/cdn/, stallAfter(120_000));
    const stopped = it.download({ signal: stop.signal });
    await expect.poll(() => partSize(it.target)).toBe(120_000);
    stop.abort();
    await expect(stopped).rejects.toThrow();
    spoil(`${it.target}.part`);
    await it.download();
    expectWhole(it);
  });

  test.each([
    ["ignores the range", ignoreRange],
    ["sends another range", wrongRange],
    ["denies that there is such a range", status(416)],
    ["is in trouble", status(503)],
    ["has had enough", status(429, { "retry-after": "0" })],
  ])("is right from a server that %s", async (_, how) => {
    const it = await world();
    it.cutAt(100_000);
    it.server.misbehave(/cdn/, how);
    await it.download();
    expectWhole(it);
    expect(it.ranges().length).toBeGreaterThan(1);
  });

  test("is right from a server that compresses although it is asked not to", async () => {
    const it = await world();
    const packed = gzipSync(content);
    it.server.misbehave(/cdn/, send(packed, { "content-encoding": "gzip", "content-length": String(packed.length) }));
    await it.download();
    expectWhole(it);
    expect(it.ranges()).toHaveLength(1);
  });

  test("of an empty file makes an empty file", async () => {
    const it = await world();
    it.server.put("owner/name", { "weights.bin": "" });
    await it.download({ wanted: Buffer.alloc(0) });
    expect(readFileSync(it.target)).toHaveLength(0);
  });
});

describe("a download fails", () => {
  test.each([
    [401, "HUB_DENIED", "HF_TOKEN"],
    [403, "HUB_DENIED", "HF_TOKEN"],
    [404, "HUB_NOT_FOUND", "--hub"],
    [418, "HUB_FAILED", "again"],
  ])("at once for status %i", async (code, expected, hint) => {
    const it = await world();
    it.server.misbehave(/resolve/, status(code), 9);
    const message = expect.stringContaining(`/owner/name/resolve/main/weights.bin answered with status ${code}`);
    await expect(it.download()).rejects.toMatchObject({ code: expected, message, hint: expect.stringContaining(hint) });
    expect(it.server.requests).toHaveLength(1);
    expect(existsSync(it.target)).toBe(false);
  });

  test.each([429, 500, 502, 503, 504, 408])("after five tries for status %i", async (code) => {
    const it = await world();
    it.server.misbehave(/cdn/, status(code), 99);
    await expect(it.download()).rejects.toMatchObject({ code: "HUB_FAILED" });
    expect(it.ranges()).toHaveLength(5);
    expect(it.reasons).toHaveLength(4);
  });

  test("at once when the server asks for more patience than anybody has", async () => {
    const it = await world();
    it.server.misbehave(/cdn/, status(429, { "retry-after": "86400" }), 99);
    await expect(it.download()).rejects.toMatchObject({ code: "HUB_FAILED" });
    expect(it.ranges()).toHaveLength(1);
  });

  test("when the content is not what the hub said, and keeps nothing of it", async () => {
    const it = await world();
    const wrong = Buffer.from(content);
    wrong[200_000]! ^= 1;
    it.server.misbehave(/cdn/, send(wrong));
    await expect(it.download()).rejects.toMatchObject({
      code: "DOWNLOAD_DAMAGED",
      message: expect.stringContaining(`expected SHA-256 ${sha256(content)}, found ${sha256(wrong)}`),
    });
    expect(existsSync(it.target)).toBe(false);
    expect(existsSync(`${it.target}.part`)).toBe(false);
    await it.download();
    expectWhole(it);
  });

  test.each([
    ["more", Buffer.concat([content, Buffer.from("x")])],
    ["less", content.subarray(0, 1000)],
  ])("when the server has %s than the hub said", async (_, body) => {
    const it = await world();
    it.server.misbehave(/cdn/, send(body, { "content-length": String(body.length) }), 99);
    await expect(it.download()).rejects.toMatchObject({ code: "DOWNLOAD_DAMAGED" });
    expect(it.ranges()).toHaveLength(1);
  });

  test("when a server without end sends more than the hub said", async () => {
    const it = await world();
    let stopped = false;
    it.server.misbehave(/cdn/, (_, response) => {
      response.writeHead(200).on("close", () => (stopped = true));
      const more = (): void => {
        if (!stopped) response.write(Buffer.alloc(65_536), more);
      };
      more();
    });
    await expect(it.download()).rejects.toMatchObject({
      code: "DOWNLOAD_DAMAGED",
      message: expect.stringContaining("found more"),
    });
    await expect.poll(() => stopped).toBe(true);
  });

  test("after some tries when the server never agrees with itself", async () => {
    const it = await world();
    it.server.misbehave(
      /cdn/,
      (request, response, whole) => {
        if (request.headers.range === undefined)
          cutAfter(1000, () => partSize(it.target) >= 1000)(request, response, whole);
        else response.writeHead(416).end();
      },
      99,
    );
    await expect(it.download()).rejects.toMatchObject({ code: "HUB_FAILED" });
    expect(it.ranges().length).toBeLessThan(20);
  });

  test("when nothing comes any more", async () => {
    const it = await world();
    it.server.misbehave(/cdn/, stallAfter(1000), 1);
    it.server.misbehave(/resolve/, () => {}, 99);
    await expect(it.download({ patienceMs: 100 })).rejects.toMatchObject({
      code: "HUB_FAILED",
      message: expect.stringContaining("no answer in time"),
    });
  });

  test("when there is no server, after some tries", async () => {
    const it = await world();
    const server = createPlainServer();
    const port = await new Promise<number>((resolve) => {
      server.listen(0, "127.0.0.1", () => resolve((server.address() as { port: number }).port));
    });
    server.close();
    it.server.misbehave(
      /resolve/,
      (_, response) => {
        response.writeHead(302, { location: `http://127.0.0.1:${port}/gone?signature=secret` }).end();
      },
      99,
    );
    const failure = it.download();
    await expect(failure).rejects.toMatchObject({
      code: "HUB_FAILED",
      message: `http://127.0.0.1:${port}/gone: the connection failed or was cut (ECONNREFUSED)`,
    });
    expect(it.reasons.join()).not.toContain("secret");
  });

  test("at once for a port that no hub is at", async () => {
    const it = await world();
    it.server.misbehave(/resolve/, status(302, { location: "http://127.0.0.1:9/x" }), 9);
    await expect(it.download()).rejects.toMatchObject({ message: expect.stringContaining("cut (bad port)") });
    expect(it.server.requests).toHaveLength(1);
  });

  test.each([
    ["in circles", (url: string) => `${url}/owner/name/resolve/main/weights.bin`, "more than 10 redirects"],
    ["to a file", () => "file:///etc/passwd", "does not follow"],
    ["to a name and password", (url: string) => url.replace("//", "//user:secret@"), "does not follow"],
    ["to nowhere", () => "http://", "does not follow"],
  ])("when the hub redirects %s", async (_, location, message) => {
    const it = await world();
    it.server.misbehave(
      /resolve/,
      (__, response) => {
        response.writeHead(302, { location: location(it.server.url) }).end();
      },
      99,
    );
    const failure = it.download();
    await expect(failure).rejects.toMatchObject({ code: "HUB_FAILED", message: expect.stringContaining(message) });
  });

  test("at once when it cannot be written, and tells which file", async () => {
    const it = await world();
    writeFileSync(path.join(path.dirname(it.target), "file"), "");
    const target = path.join(path.dirname(it.target), "file", "weights.bin");
    await expect(
      (async () => {
        await using hub = new HubConnection({ endpoint: it.server.url, isDefault: false, env: {}, patienceMs: 1000 });
        await downloadFile({
          hub,
          url: `${it.server.url}/owner/name/resolve/main/weights.bin`,
          file: { bytes: content.length, digest: { algorithm: "sha256", hex: sha256(content) } },
          target,
          pauseMs: 1,
        });
      })(),
    ).rejects.toMatchObject({
      code: "STORE_FAILED",
      message: expect.stringContaining(`${target}: could not be read or written (ENOTDIR, `),
    });
  });
});

/** A disk of 256 kB, on systems and for users that may have one; ends with the test. */
function smallDisk(): string | undefined {
  const directory = temporaryDirectory();
  if (spawnSync("mount", ["-t", "tmpfs", "-o", "size=256k", "tmpfs", directory]).status !== 0) return undefined;
  onTestFinished(() => void spawnSync("umount", [directory]));
  return directory;
}

test("a directory that vanishes is told as such, and not as a cut", async () => {
  const it = await world();
  const directory = path.dirname(it.target);
  it.server.misbehave(/cdn/, (_, response, whole) => {
    rmSync(directory, { recursive: true });
    response.writeHead(200).end(whole);
  });
  await expect(it.download()).rejects.toMatchObject({
    code: "STORE_FAILED",
    message: expect.stringContaining("ENOENT"),
  });
  expect(it.ranges()).toHaveLength(1);
});

test("a disk that becomes full is told; with room again the download goes on", async (context) => {
  const disk = smallDisk();
  context.skip(disk === undefined, "needs the right to mount a small disk");
  const it = await world(path.join(disk ?? "", "weights.bin"));
  await expect(it.download()).rejects.toMatchObject({
    code: "DISK_FULL",
    message: expect.stringContaining("weights.bin.part: no space left on the disk (ENOSPC)"),
  });
  expect(it.ranges(), "no second try mends that").toHaveLength(1);
  expect(partSize(it.target)).toBeGreaterThan(0);
  expect(spawnSync("mount", ["-o", "remount,size=1m", disk ?? ""]).status).toBe(0);
  await it.download();
  expectWhole(it);
  expect(it.ranges()).toHaveLength(2);
  expect(it.ranges()[1]).toMatch(/^bytes=\d+-$/);
});

function partSize(target: string): number {
  return existsSync(`${target}.part`) ? readFileSync(`${target}.part`).length : 0;
}
