import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { type HubServer, hubServer, misbehaviours } from "../../../../../test/support/hub-server.ts";
import { temporaryDirectory } from "../../../../../test/support/temporary-directory.ts";
import type { CatalogueModel, PullableModel } from "../../../src/models/catalogue-model.ts";
import { catalogue } from "../../../src/models/catalogue.ts";
import type { PullEvent } from "../../../src/models/hub/pull-event.ts";
import { type PullRequest, type Pulled, pullModel } from "../../../src/models/hub/pull-model.ts";
import { installedModels } from "../../../src/models/installed-models.ts";
import { openClipSource } from "../../../src/models/model-sources.ts";
import { repositoryModel } from "../../../src/models/repository-model.ts";
import { verifyModel } from "../../../src/models/verify-model.ts";
import { tinyOnnx } from "../../clip/tiny-onnx.ts";
import { tinyTokenizer } from "../../clip/tiny-tokenizer.ts";

const { send, stallAfter, status } = misbehaviours;

const config = { embed_dim: 3, vision_cfg: { image_size: 32 }, text_cfg: { context_length: 16 } };
const preprocessing = { mean: [0.4, 0.4, 0.4], std: [0.2, 0.2, 0.2], resize_mode: "shortest" };
const files = {
  "README.md": "# A model",
  "config.json": JSON.stringify(config),
  "textual/model.onnx": tinyOnnx.textual("sequence"),
  "textual/tokenizer.json": tinyTokenizer(),
  "visual/model.onnx": tinyOnnx.visual(32),
  "visual/model.armnn": Buffer.alloc(5000),
  "visual/preprocess_cfg.json": JSON.stringify(preprocessing),
};
const paths = Object.keys(files).filter((name) => !/README|armnn/.test(name));
const bytes = paths.reduce((sum, name) => sum + Buffer.from(files[name as keyof typeof files]).length, 0);
const tiny: CatalogueModel = {
  ...(catalogue[0] as CatalogueModel),
  id: "tiny",
  name: "Tiny",
  sources: [{ layout: "onnx-pair", files: paths.map((name) => ({ repository: "owner/tiny", path: name })) }],
};

interface World {
  readonly server: HubServer;
  readonly home: string;
  readonly events: PullEvent[];
  readonly pull: (options?: Partial<PullRequest>) => Promise<Pulled>;
}

async function world(): Promise<World> {
  const server = await hubServer();
  server.put("owner/tiny", files);
  const home = path.join(temporaryDirectory(), "models");
  const events: PullEvent[] = [];
  const onEvent = (event: PullEvent): number => events.push(event);
  const pull: World["pull"] = (options) =>
    pullModel({ model: tiny, home, env: {}, hub: server.url, pauseMs: 1, onEvent, ...options });
  return { server, home, events, pull };
}

describe("a model that is pulled", () => {
  test("is announced, downloaded, put together and checked; nothing else is left", async () => {
    const { server, home, events, pull } = await world();
    const { model, isNew } = await pull();
    expect(isNew).toBe(true);
    expect(events[0]).toEqual({
      type: "start",
      id: "tiny",
      name: "Tiny",
      licence: { name: "MIT" },
      hub: server.url,
      repositories: ["owner/tiny"],
      files: paths.length,
      bytes,
      directory: path.join(home, "tiny"),
    });
    const listed = server.requests.findIndex(({ url }) => url.includes("/resolve/"));
    expect(server.requests.slice(0, listed).every(({ url }) => url.includes("/tree/"))).toBe(true);
    expect(events.findLast(({ type }) => type === "progress")).toEqual({
      type: "progress",
      present: bytes,
      bytes,
    });
    expect(model.manifest).toMatchObject({
      name: "Tiny",
      dims: 3,
      image: { size: 32, mean: [0.4, 0.4, 0.4], std: [0.2, 0.2, 0.2] },
      text: { contextLength: 16 },
    });
    await verifyModel(model);
    expect(readdirSync(path.join(home, ".partial"))).toEqual(["tiny.lock"]);
    const origin = JSON.parse(readFileSync(path.join(model.directory, "origin.json"), "utf8")) as object;
    expect(origin).toMatchObject({ version: 1, id: "tiny", hub: server.url, licence: { name: "MIT" } });
  });

  test("and is there already is not asked for", async () => {
    const { server, pull } = await world();
    await pull();
    const before = server.requests.length;
    expect(await pull()).toMatchObject({ isNew: false });
    expect(server.requests).toHaveLength(before);
  });

  test("by several at once is downloaded once; the others wait and know for whom", async () => {
    const { server, events, pull } = await world();
    const pulls = await Promise.all([pull(), pull(), pull()]);
    expect(pulls.filter(({ isNew }) => isNew)).toHaveLength(1);
    expect(server.requests.filter(({ url }) => url.includes("visual/model.onnx"))).toHaveLength(1);
    const waiting = events.filter(({ type }) => type === "waiting");
    expect(waiting).toHaveLength(2);
    expect(waiting[0]).toMatchObject({ holder: expect.stringContaining(`process ${process.pid} on `) });
  });

  test("is whole without the files that it can do without", async () => {
    const { pull } = await world();
    const [source] = tiny.sources;
    const extra = { repository: "owner/tiny", path: "textual/tokenizer_config.json", isOptional: true };
    const sources = [{ ...source!, files: [...source!.files, extra] }];
    expect(await pull({ model: { ...tiny, sources } })).toMatchObject({ isNew: true });
    const needed = [{ ...source!, files: [...source!.files, { ...extra, isOptional: false }] }];
    await expect(pull({ model: { ...tiny, id: "other", sources: needed } })).rejects.toMatchObject({
      code: "HUB_NOT_FOUND",
    });
  });

  test("comes from the next source where the first one is not, or not whole", async () => {
    const { server, pull } = await world();
    server.put("owner/other", { "open_clip_config.json": "{}" });
    const sources = [openClipSource("owner/none"), openClipSource("owner/other"), ...tiny.sources];
    const { isNew } = await pull({ model: { ...tiny, sources } });
    expect(isNew).toBe(true);
  });

  test("is stopped by a signal, keeps what has come, and goes on", async () => {
    const { server, home, pull } = await world();
    const stop = new AbortController();
    server.misbehave(/cdn/, stallAfter(500));
    const stopped = pull({ signal: stop.signal });
    const part = path.join(home, ".partial/tiny/source/textual/tokenizer.json.part");
    await expect.poll(() => existsSync(part) && readFileSync(part).length).toBe(500);
    stop.abort();
    await expect(stopped).rejects.toMatchObject({ code: "ABORTED", hint: expect.stringContaining("models pull tiny") });
    expect(existsSync(path.join(home, "tiny"))).toBe(false);
    await verifyModel((await pull()).model);
    expect(server.requests.at(-1)?.headers.range).toBe("bytes=500-");
  });

  test("does not mind what an earlier version left", async () => {
    const { home, pull } = await world();
    const partial = path.join(home, ".partial/tiny");
    mkdirSync(path.join(partial, "source/visual"), { recursive: true });
    mkdirSync(path.join(partial, "model"), { recursive: true });
    writeFileSync(path.join(partial, "source/visual/other.onnx"), "x");
    writeFileSync(path.join(partial, "source/visual/model.onnx"), "damaged");
    writeFileSync(path.join(partial, "model/model.json"), "{}");
    const { model } = await pull();
    await verifyModel(model);
    expect(readdirSync(path.join(model.directory, "visual"))).toEqual(["model.onnx"]);
  });
});

describe("a repository by its name", () => {
  test("is pulled in whichever layout it is, under the licence it names", async () => {
    const { server, events, pull } = await world();
    server.put("Owner/Tiny", files, "apache-2.0");
    const { model } = await pull({ model: repositoryModel("Owner/Tiny@v1.0") as PullableModel });
    expect(path.basename(model.directory)).toBe("owner--tiny--v1.0");
    expect(model.manifest.name).toBe("Owner/Tiny@v1.0");
    expect(events[0]).toMatchObject({ type: "start", licence: { name: "apache-2.0" }, repositories: ["Owner/Tiny"] });
    expect(
      server.requests.filter(({ url }) => url.includes("/resolve/")).every(({ url }) => url.includes("/v1.0/")),
    ).toBe(true);
  });

  test("that names no licence is pulled, and that is said", async () => {
    const { events, pull } = await world();
    await pull({ model: repositoryModel("owner/tiny") as PullableModel });
    expect(events[0]).toMatchObject({ licence: { name: "unknown", note: expect.stringContaining("for yourself") } });
  });

  test("is pulled from a mirror that has the files alone", async () => {
    const { server, pull } = await world();
    server.misbehave(/revision/, status(404));
    expect(await pull({ model: repositoryModel("owner/tiny") as PullableModel })).toMatchObject({ isNew: true });
  });

  test.each(["cc-by-nc-4.0", "other", "apple-amlr"])("is refused for its licence: %s", async (licence) => {
    const { server, home, pull } = await world();
    server.put("owner/tiny", files, licence);
    await expect(pull({ model: repositoryModel("owner/tiny") as PullableModel })).rejects.toMatchObject({
      code: "HUB_DENIED",
      message: `The licence of owner/tiny, ${licence}, does not let everybody use it`,
      hint: expect.stringContaining("clipfind models import"),
    });
    expect(server.requests.some(({ url }) => url.includes("/resolve/"))).toBe(false);
    expect(installedModels(home)).toEqual([]);
  });

  test("that describes itself by nonsense is not taken to be free", async () => {
    const { server, pull } = await world();
    server.misbehave(/revision/, send("<html>"));
    const pulled = pull({ model: repositoryModel("owner/tiny") as PullableModel });
    await expect(pulled).rejects.toMatchObject({ code: "HUB_FAILED", message: expect.stringContaining("description") });
  });

  test("that holds no model says what each layout lacks", async () => {
    const { server, pull } = await world();
    server.put("owner/empty", { "README.md": "nothing" });
    await expect(pull({ model: repositoryModel("owner/empty") as PullableModel })).rejects.toMatchObject({
      code: "HUB_NOT_FOUND",
      message: expect.stringMatching(/config\.json[^]*open_clip_config\.json/),
    });
    expect(server.requests.filter(({ url }) => url.includes("/tree/"))).toHaveLength(1);
  });

  test.each(["", "vit-b-32", "a/b/c", "../b", "a/..", "/a", "a/", "a/b@", "a/b@../c", "a b/c", "a/b?c"])(
    "is not %j",
    (text) => {
      expect(repositoryModel(text)).toBeUndefined();
    },
  );
});

describe("pulling fails", () => {
  test("before the first byte when the disk has no room", async () => {
    const { server, pull } = await world();
    server.misbehave(/tree/, (_, response) => {
      const lfs = { oid: "a".repeat(64), size: 2 ** 52 };
      response.writeHead(200, { "content-type": "application/json" });
      response.end(JSON.stringify(paths.map((name) => ({ type: "file", path: name, oid: "0", size: 1, lfs }))));
    });
    await expect(pull()).rejects.toMatchObject({
      code: "DISK_FULL",
      message: expect.stringMatching(/expected [\d.]+ TB of free space .* found [\d.]+ [MGT]B/),
    });
    expect(server.requests.every(({ url }) => url.includes("/tree/"))).toBe(true);
  });

  test.each<[found: string, body: string]>([
    ["something else", "<html>"],
    ["something else", "{}"],
    ["something else", "null"],
    ["something else", "[null]"],
    ["without a size", JSON.stringify([{ type: "file", path: "config.json", size: -1, oid: "0".repeat(40) }])],
    ["without a size", JSON.stringify([{ type: "file", path: "config.json", size: 1e300, oid: "0".repeat(40) }])],
    ["and a checksum", JSON.stringify([{ type: "file", path: "config.json", size: 1, oid: "../../etc" }])],
    ["and a checksum", JSON.stringify([{ type: "file", path: "a", size: 1, oid: "0", lfs: { oid: 7, size: 1 } }])],
    ["an answer of more than", `[${" ".repeat(17 * 2 ** 20)}]`],
  ])("for a list of files that makes no sense: %s", async (found, body) => {
    const { server, pull } = await world();
    server.misbehave(/tree/, send(body, { "content-type": "application/json" }));
    await expect(pull()).rejects.toMatchObject({ code: "HUB_FAILED", message: expect.stringContaining(found) });
  });

  test("for a list of files without end", async () => {
    const { server, pull } = await world();
    const link = `<${server.url}/api/models/owner/tiny/tree/main?again>; rel="next"`;
    server.misbehave(/tree/, send("[]", { link, "content-type": "application/json" }), 1000);
    await expect(pull()).rejects.toMatchObject({ message: expect.stringContaining("more than 100 pages") });
  });

  test("with what is wrong with each source when none can be used", async () => {
    const { server, pull } = await world();
    server.misbehave(/tree/, status(401));
    const model = { ...tiny, sources: [...tiny.sources, openClipSource("owner/none")] };
    await expect(pull({ model })).rejects.toMatchObject({
      code: "HUB_DENIED",
      message: expect.stringMatching(/owner\/tiny\/tree\/main.*401[^]*owner\/none\/tree\/main.*404/),
    });
  });

  test("when one file fails; the others are stopped, and what has come is kept", async () => {
    const { server, home, pull } = await world();
    const part = path.join(home, ".partial/tiny/source/textual/tokenizer.json.part");
    server.misbehave(/cdn/, stallAfter(500));
    server.misbehave(/visual\/model\.onnx/, async (...request) => {
      await expect.poll(() => existsSync(part) && readFileSync(part).length).toBe(500);
      status(403)(...request);
    });
    await expect(pull()).rejects.toMatchObject({ code: "HUB_DENIED" });
    expect(readFileSync(part)).toHaveLength(500);
    await verifyModel((await pull()).model);
    expect(existsSync(path.join(home, "tiny", "model.json"))).toBe(true);
  });

  test("when what was downloaded is no model, and leaves none", async () => {
    const { server, home, pull } = await world();
    server.put("owner/tiny", { ...files, "visual/model.onnx": "no model" });
    await expect(pull()).rejects.toMatchObject({ code: "MODEL_INVALID" });
    expect(readdirSync(home)).toEqual([".partial"]);
    expect(readdirSync(path.join(home, ".partial/tiny"))).toEqual(["source"]);
  });

  test("when what is there under the name is damaged, and says how to mend it", async () => {
    const { home, pull } = await world();
    mkdirSync(path.join(home, "tiny"), { recursive: true });
    await expect(pull()).rejects.toMatchObject({
      code: "MODEL_NOT_FOUND",
      hint: expect.stringContaining("models remove tiny"),
    });
  });

  test("when the network is not to be used", async () => {
    const { server, pull } = await world();
    await expect(pull({ env: { HF_HUB_OFFLINE: "1" } })).rejects.toMatchObject({ code: "HUB_FAILED" });
    expect(server.requests).toEqual([]);
  });

  test("when the home cannot be made", async () => {
    const { home, pull } = await world();
    writeFileSync(home, "a file");
    await expect(pull()).rejects.toThrow(/models/);
  });
});
