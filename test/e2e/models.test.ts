import type { ChildProcess } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { directory as miniModel } from "@clipfind/model-mini";
import { describe, expect, test } from "vitest";
import { type Run, type RunOptions, clipfind } from "../support/clipfind.ts";
import { copyDrawings } from "../support/drawings.ts";
import { type HubServer, hubServer, misbehaviours, sha256 } from "../support/hub-server.ts";
import { proxyServer } from "../support/proxy-server.ts";
import { type ClipConfig, writeRandomClip } from "../support/random-clip.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";

const id = "vit-b-32-256-datacomp";
/** Where the hub leads for the text tower. */
const textTower = new RegExp(`^/cdn/${sha256(readFileSync(join(miniModel, "textual/model.onnx")))}`);

const smallClip: ClipConfig = {
  embed_dim: 32,
  vision_cfg: { image_size: 64, layers: 2, width: 64, patch_size: 16, head_width: 16 },
  text_cfg: { context_length: 77, vocab_size: 49_408, width: 64, heads: 2, layers: 2 },
};

interface World {
  readonly hub: HubServer;
  readonly base: string;
  readonly home: string;
  readonly run: (args: readonly string[], options?: RunOptions) => Promise<Run>;
}

/** A hub with the default model, whose place the mini model takes: it has the same interface. */
async function world(): Promise<World> {
  const hub = await hubServer();
  const read = (file: string): Buffer => readFileSync(join(miniModel, file));
  const config = {
    model_cfg: { embed_dim: 512, vision_cfg: { image_size: 256 }, text_cfg: { context_length: 77 } },
    preprocess_cfg: { resize_mode: "shortest" },
  };
  hub.put("laion/CLIP-ViT-B-32-256x256-DataComp-s34B-b86K", {
    "open_clip_config.json": JSON.stringify(config),
    "tokenizer.json": read("textual/tokenizer.json"),
  });
  hub.put("yurijmikhalevich/rclip-models", {
    "ViT-B-32-256-datacomp_s34b_b86k/visual.onnx": read("visual/model.onnx"),
    "ViT-B-32-256-datacomp_s34b_b86k/textual.onnx": read("textual/model.onnx"),
  });
  const base = temporaryDirectory();
  const home = join(base, "models");
  const env = { CLIPFIND_MODELS: home, HF_ENDPOINT: hub.url, HOME: base };
  return {
    hub,
    base,
    home,
    run: (args, options = {}) => clipfind(args, { cwd: base, ...options, env: { ...env, ...options.env } }),
  };
}

describe("clipfind models", () => {
  test("from a machine without a model to photos found: pull, index, search by the model's name", async () => {
    const { hub, base, home, run } = await world();
    const photos = join(base, "photos");
    copyDrawings(photos, 0, 3);
    const library = join(base, "library");
    const without = await run(["index", photos, "--library", library, "--model", "vit-b-32-256"]);
    expect(without).toMatchObject({ code: 2, stdout: "" });
    expect(without.stderr).toContain(`Run \`clipfind models pull ${id}\`: about 608 MB, licence MIT.`);

    const pulled = await run(["models", "pull"]);
    expect(pulled).toMatchObject({ code: 0, stdout: `${id} installed: ${join(home, id)}\n` });
    const announced = pulled.stderr.split("\n").slice(0, 4);
    expect(announced).toEqual([
      `Downloading ${id} (ViT-B-32-256 datacomp_s34b_b86k): 5.9 MB in 4 files`,
      "  licence  MIT",
      `  from     laion/CLIP-ViT-B-32-256x256-DataComp-s34B-b86K, yurijmikhalevich/rclip-models at ${hub.url}`,
      `  to       ${join(home, id)}`,
    ]);

    const before = hub.requests.length;
    expect(await run(["index", photos, "--library", library, "--model", "vit-b-32-256"])).toMatchObject({ code: 0 });
    expect(await run(["a red car", "--library", library])).toMatchObject({ code: 0 });
    expect(await run(["a red car", "--library", library], { env: { CLIPFIND_MODEL: id } })).toMatchObject({ code: 0 });
    expect(hub.requests, "only pull uses the network").toHaveLength(before);
  });

  test("list and info show what is there and what could be, without a network", async () => {
    const { hub, home, run } = await world();
    const fresh = JSON.parse((await run(["models", "list", "--json"])).stdout) as Record<string, { id: string }[]>;
    expect(fresh).toMatchObject({ version: 1, directory: home, default: id, installed: [] });
    expect(fresh["available"]?.map((model) => model.id)).toContain("siglip2-b-32-256");
    expect(hub.requests).toEqual([]);

    await run(["models", "pull", "vit-b-32-256"]);
    const before = hub.requests.length;
    const list = await run(["models"]);
    expect(list.stdout).toMatch(new RegExp(`^Installed in ${home}:\n {2}${id}  5.9 MB  ViT-B-32-256 datacomp`));
    expect(list.stdout).toMatch(/To be had by `clipfind models pull ID`:\n {2}vit-b-32-openai +608 MB +MIT/);
    const info = await run(["models", "info", id]);
    expect(info).toMatchObject({ code: 0, stderr: "" });
    expect(info.stdout).toMatch(/licence +MIT\n[^]*vectors +512 dimensions\n[^]*fingerprint +[0-9a-f]{64}\n/);
    const document = JSON.parse((await run(["models", "info", "siglip2-so", "--json"])).stdout) as object;
    expect(document).toMatchObject({
      version: 1,
      id: "siglip2-so400m-14-384",
      installed: null,
      catalogue: { dims: 1152 },
    });
    expect(await run(["models", "info", "nonsense"])).toMatchObject({ code: 2, stdout: "" });
    expect(hub.requests).toHaveLength(before);
  });

  test("pull again does nothing; --json tells what is there", async () => {
    const { hub, home, run } = await world();
    await run(["models", "pull"]);
    const before = hub.requests.length;
    const again = await run(["models", "pull", id, "--json"]);
    expect(JSON.parse(again.stdout)).toMatchObject({ version: 1, id, isNew: false, directory: join(home, id) });
    expect(hub.requests).toHaveLength(before);
  });

  test("pull goes on where kill -9 stopped it", async () => {
    const { hub, home, run } = await world();
    const part = join(home, ".partial", id, "source/textual/model.onnx.part");
    hub.misbehave(textTower, misbehaviours.stallAfter(200_000));
    const killed = await run(["models", "pull"], {
      started: (child) => void killWhen(child, "SIGKILL", () => sizeOf(part)),
    });
    expect(killed.signal).toBe("SIGKILL");
    const size = sizeOf(part);
    expect(size).toBeGreaterThan(0);
    expect(existsSync(join(home, id))).toBe(false);
    const { length } = hub.requests;
    expect(await run(["models", "pull"])).toMatchObject({ code: 0 });
    expect(hub.requests.slice(length).map(({ headers }) => headers.range)).toContain(`bytes=${size}-`);
    expect(await run(["models", "verify"])).toMatchObject({ code: 0, stdout: `${id}: all well\n` });
    expect(readdirSync(join(home, ".partial"))).toEqual([`${id}.lock`]);
  });

  test("pull stopped by Ctrl-C says so, exits with 130, and goes on later", async () => {
    const { hub, home, run } = await world();
    const part = join(home, ".partial", id, "source/textual/model.onnx.part");
    hub.misbehave(textTower, misbehaviours.stallAfter(200_000));
    const stopped = await run(["models", "pull"], {
      started: (child) => void killWhen(child, "SIGINT", () => sizeOf(part)),
    });
    expect(stopped).toMatchObject({ code: 130, stdout: "" });
    expect(stopped.stderr).toContain("what was downloaded is kept");
    expect(await run(["models", "pull"])).toMatchObject({ code: 0 });
  });

  test("of two pulls at once the second waits, says for whom, and has nothing left to do", async () => {
    const { hub, run } = await world();
    let release = (): void => {};
    const released = new Promise<void>((resolve) => (release = resolve));
    let first: ChildProcess | undefined;
    hub.misbehave(/tree/, (request, response) => {
      void released.then(() =>
        misbehaviours.status(307, { location: `${request.url}&again` })(request, response, Buffer.alloc(0)),
      );
    });
    const one = run(["models", "pull"], { started: (child) => (first = child) });
    await expect.poll(() => hub.requests.length, { timeout: 30_000 }).toBe(1);
    const two = run(["models", "pull"], {
      started: (child) => child.stderr?.on("data", (text: Buffer) => text.includes("waiting") && release()),
    });
    expect(await one).toMatchObject({ code: 0 });
    const second = await two;
    expect(second).toMatchObject({ code: 0, stdout: expect.stringContaining("is installed already") });
    expect(second.stderr).toContain(`process ${first?.pid} on `);
  });

  test("pull uses the proxy and the mirror it is told, and shows no token", async () => {
    const { hub, run } = await world();
    const proxy = await proxyServer();
    const env = { HF_TOKEN: "hf_verysecret", HTTP_PROXY: proxy.url, HF_ENDPOINT: "http://127.0.0.1:1" };
    hub.misbehave(/resolve/, misbehaviours.status(503, { "retry-after": "0" }));
    const pulled = await run(["models", "pull", "--hub", hub.url], { env });
    expect(pulled).toMatchObject({ code: 0 });
    expect(pulled.stderr).toContain("status 503: the server is in trouble; trying again in 0 s");
    expect(proxy.tunnels.length).toBeGreaterThan(0);
    const tokens = (prefix: string): Set<string | undefined> =>
      new Set(hub.requests.filter(({ url }) => url.startsWith(prefix)).map(({ headers }) => headers.authorization));
    expect(tokens("/api/")).toEqual(new Set(["Bearer hf_verysecret"]));
    expect(tokens("/cdn/")).toEqual(new Set([undefined]));
    hub.misbehave(/tree/, misbehaviours.status(401), 9);
    await run(["models", "remove", id]);
    const denied = await run(["models", "pull", "--hub", hub.url], { env });
    expect(denied).toMatchObject({ code: 2, stdout: "" });
    expect(denied.stderr).toContain("HF_TOKEN");
    expect(pulled.stderr + denied.stderr).not.toContain("secret");
  });

  test("export, remove and import carry a model to a machine without a network", async () => {
    const { hub, base, run } = await world();
    await run(["models", "pull"]);
    const file = join(base, "model.tar");
    expect(await run(["models", "export", "vit-b-32-256", file])).toMatchObject({
      code: 0,
      stdout: `${id} written to ${file}\n`,
    });
    expect(await run(["models", "export", id, file])).toMatchObject({ code: 2, stdout: "" });
    expect(await run(["models", "remove", id])).toMatchObject({ code: 0, stdout: `${id} removed\n` });
    expect(await run(["models", "remove", id])).toMatchObject({ code: 1, stdout: "" });
    const offline = { env: { HF_HUB_OFFLINE: "1" } };
    expect(await run(["models", "pull"], offline)).toMatchObject({ code: 2 });
    const before = hub.requests.length;
    const imported = await run(["models", "import", "model.tar", "--json"], offline);
    expect(JSON.parse(imported.stdout)).toMatchObject({ version: 1, id, name: "ViT-B-32-256 datacomp_s34b_b86k" });
    expect(await run(["models", "verify", "vit", "--json"], offline)).toMatchObject({ code: 0 });
    expect(hub.requests).toHaveLength(before);
  });

  test("verify finds damage, import refuses it", async () => {
    const { base, home, run } = await world();
    await run(["models", "pull"]);
    const file = join(home, id, "textual/tokenizer.json");
    const content = readFileSync(file);
    content.writeUInt8(content.readUInt8(100) ^ 1, 100);
    writeFileSync(file, content);
    const verified = await run(["models", "verify"]);
    expect(verified).toMatchObject({ code: 1, stderr: "" });
    expect(verified.stdout).toContain("tokenizer.json: expected 1485885 bytes with SHA-256");
    const document = JSON.parse((await run(["models", "verify", id, "--json"])).stdout) as object;
    expect(document).toMatchObject({ models: [{ id, problem: expect.stringContaining("tokenizer.json") }] });
    expect(await run(["models", "import", join(home, id), "--as", "copy"])).toMatchObject({ code: 2, stdout: "" });
    writeFileSync(join(base, "no-archive.zip"), "PK\u0003\u0004 and no more");
    const refused = await run(["models", "import", "no-archive.zip"]);
    expect(refused).toMatchObject({ code: 2, stdout: "" });
    expect(refused.stderr).toContain("no-archive.zip: expected a .zip, .tar or .tar.gz archive");
    expect(readdirSync(home).toSorted()).toEqual([".partial", id]);
  });
});

/** Sends a signal once `size` is more than 0. */
function killWhen(child: ChildProcess, signal: NodeJS.Signals, size: () => number): Promise<void> {
  return expect
    .poll(() => size() > 0, { timeout: 60_000 })
    .toBe(true)
    .then(() => void child.kill(signal));
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

test("a multilingual model is pulled by its name, and photos are indexed and found with it", async () => {
  const hub = await hubServer();
  const fixture = join(import.meta.dirname, "../fixtures/models/open-clip-siglip2");
  const names = readdirSync(fixture);
  hub.put(
    "timm/ViT-B-32-SigLIP2-256",
    Object.fromEntries(names.map((name) => [name, readFileSync(join(fixture, name))])),
  );
  const base = temporaryDirectory();
  const env = { CLIPFIND_MODELS: join(base, "models"), HF_ENDPOINT: hub.url, HOME: base };
  const run = (args: string[]): Promise<Run> => clipfind(args, { cwd: base, env });
  const pulled = await run(["models", "pull", "siglip2-b-32"]);
  expect(pulled).toMatchObject({
    code: 0,
    stdout: `siglip2-b-32-256 installed: ${join(base, "models/siglip2-b-32-256")}\n`,
  });
  copyDrawings(join(base, "photos"), 0, 3);
  const library = ["--library", "library"];
  expect(await run(["index", "photos", ...library, "--model", "siglip2-b-32-256"])).toMatchObject({ code: 0 });
  const found = await run(["ein Hund, 狗", "--json", ...library]);
  expect(found).toMatchObject({ code: 0, stderr: "" });
  expect(JSON.parse(found.stdout)).toMatchObject({ hits: [{}, {}, {}] });
});

test("clipfind models compile builds a model of weights that can be used where it is, and replaces nothing", async () => {
  const base = temporaryDirectory();
  const [source, target] = [join(base, "weights"), join(base, "built")];
  mkdirSync(source);
  writeRandomClip(source, smallClip, 1);
  const run = (args: string[]): Promise<Run> =>
    clipfind(args, { cwd: base, env: { CLIPFIND_MODELS: join(base, "models"), HOME: base } });
  const built = await run(["models", "compile", "weights", "built", "--name", "Mine", "--json"]);
  expect(built).toMatchObject({ code: 0 });
  expect(built.stderr).toContain("clipfind: image tower, int8\n");
  expect(JSON.parse(built.stdout)).toMatchObject({ version: 1, directory: target, name: "Mine" });
  const before = readFileSync(join(target, "model.json"), "utf8");

  copyDrawings(join(base, "photos"), 0, 3);
  expect(await run(["index", "photos", "--library", "library", "--model", target])).toMatchObject({ code: 0 });

  const again = await run(["models", "compile", "weights", "built"]);
  expect(again).toMatchObject({ code: 2, stdout: "" });
  expect(again.stderr).toContain(`${target}: expected the name of a directory to make`);
  expect(readFileSync(join(target, "model.json"), "utf8")).toBe(before);

  const missing = await run(["models", "compile", "nothing", "other"]);
  expect(missing).toMatchObject({ code: 2, stdout: "" });
  expect(missing.stderr).toContain(join(base, "nothing"));
  expect(existsSync(join(base, "other"))).toBe(false);
});
