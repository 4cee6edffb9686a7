import { createHash } from "node:crypto";
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { temporaryDirectory } from "../../../../test/support/temporary-directory.ts";
import { exportModel } from "../../src/models/export-model.ts";
import { importModel } from "../../src/models/import-model.ts";
import { installedModels } from "../../src/models/installed-models.ts";
import { withModelLock } from "../../src/models/model-lock.ts";
import { modelsHome } from "../../src/models/models-home.ts";
import { namedModel } from "../../src/models/named-model.ts";
import type { Model } from "../../src/models/open-model.ts";
import { removeModel } from "../../src/models/remove-model.ts";
import { modelDirectory } from "../clip/model-directory.ts";
import { tinyOnnx } from "../clip/tiny-onnx.ts";
import { tinyTokenizer } from "../clip/tiny-tokenizer.ts";

async function installed(id = "tiny"): Promise<{ home: string; original: Model; model: Model }> {
  const home = path.join(temporaryDirectory(), "models");
  const original = await modelDirectory();
  const { model } = await importModel({ path: original.directory, home, id });
  return { home, original, model };
}

describe("a model directory that is imported", () => {
  test("is copied, checked, and the same model", async () => {
    const { home, original, model } = await installed();
    expect(model.directory).toBe(path.join(home, "tiny"));
    expect(model.fingerprint).toBe(original.fingerprint);
    expect(readdirSync(path.join(home, ".partial"))).toEqual(["tiny.lock"]);
    rmSync(original.directory, { recursive: true });
    expect(installedModels(home)).toEqual([{ id: "tiny", directory: model.directory, state: { model } }]);
  });

  test("gets the name of its directory where none is given", async () => {
    const home = temporaryDirectory();
    const { directory } = await modelDirectory();
    const named = path.join(temporaryDirectory(), "My CLIP (2)");
    cpSync(directory, named, { recursive: true });
    expect((await importModel({ path: named, home })).id).toBe("my-clip-2-");
  });

  test.each(["", "A", "../x", "a/b", ".hidden", "x".repeat(101), "a b"])("is not given the name %j", async (id) => {
    const { directory } = await modelDirectory();
    const home = temporaryDirectory();
    await expect(importModel({ path: directory, home, id })).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
    expect(readdirSync(home)).toEqual([]);
  });

  test("does not replace another one", async () => {
    const { home, original } = await installed();
    await expect(importModel({ path: original.directory, home, id: "tiny" })).rejects.toMatchObject({
      code: "INVALID_ARGUMENT",
      hint: expect.stringContaining("models remove tiny"),
    });
  });

  test("is refused when it is damaged, and leaves nothing", async () => {
    const home = temporaryDirectory();
    const { directory } = await modelDirectory();
    const file = path.join(directory, "textual/tokenizer.json");
    const content = readFileSync(file);
    content[content.length - 2]! ^= 1;
    writeFileSync(file, content);
    await expect(importModel({ path: directory, home, id: "tiny" })).rejects.toMatchObject({ code: "MODEL_INVALID" });
    expect(installedModels(home)).toEqual([]);
    expect(readdirSync(path.join(home, ".partial"))).toEqual(["tiny.lock"]);
  });

  test("may be no directory at all", async () => {
    const home = temporaryDirectory();
    await expect(importModel({ path: path.join(home, "none"), home })).rejects.toMatchObject({
      code: "MODEL_NOT_FOUND",
    });
    const empty = temporaryDirectory();
    await expect(importModel({ path: empty, home, id: "x" })).rejects.toMatchObject({ code: "MODEL_INVALID" });
  });
});

describe("files as they lie on the hub are imported", () => {
  const openClip = {
    model_cfg: { embed_dim: 3, vision_cfg: { image_size: 32 }, text_cfg: { context_length: 16 } },
    preprocess_cfg: { mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5], resize_mode: "shortest" },
  };

  function source(config: object): string {
    const directory = temporaryDirectory();
    for (const folder of ["visual", "textual", "blobs"]) mkdirSync(path.join(directory, folder));
    // The hub's own cache consists of links.
    writeFileSync(path.join(directory, "blobs/0"), tinyOnnx.visual(32));
    symlinkSync("../blobs/0", path.join(directory, "visual/model.onnx"));
    writeFileSync(path.join(directory, "textual/model.onnx"), tinyOnnx.textual("sequence"));
    writeFileSync(path.join(directory, "tokenizer.json"), tinyTokenizer());
    writeFileSync(path.join(directory, "open_clip_config.json"), JSON.stringify(config));
    return directory;
  }

  test("as a pair of ONNX files, with the settings beside them", async () => {
    const home = temporaryDirectory();
    const { model } = await importModel({ path: source(openClip), home, id: "pair" });
    expect(model.manifest).toMatchObject({
      dims: 3,
      image: { size: 32, mean: [0.5, 0.5, 0.5] },
      text: { contextLength: 16 },
    });
  });

  test("under the catalogue's name, where they have its id", async () => {
    const home = temporaryDirectory();
    const { model } = await importModel({ path: source(openClip), home, id: "vit-b-32-256-datacomp" });
    expect(model.manifest.name).toBe("ViT-B-32-256 datacomp_s34b_b86k");
  });

  test("with SigLIP's way to prepare pictures, and with what the towers say where nothing else does", async () => {
    const squashed = { ...openClip, preprocess_cfg: { resize_mode: "squash" } };
    const siglip = await importModel({ path: source(squashed), home: temporaryDirectory(), id: "pair" });
    expect(siglip.model.manifest.image).toMatchObject({ size: 32, resize: "squash" });
    const bare = await importModel({ path: source({}), home: temporaryDirectory(), id: "pair" });
    expect(bare.model.manifest).toMatchObject({ dims: 3, image: { size: 32, resize: "shortest-side" } });
  });

  test("but not with a tokenizer that clipfind does not know", async () => {
    const home = temporaryDirectory();
    const config = { ...openClip, model_cfg: { ...openClip.model_cfg, text_cfg: { hf_tokenizer_name: "bert" } } };
    const directory = source(config);
    writeFileSync(path.join(directory, "tokenizer.json"), JSON.stringify({ model: { type: "WordPiece", vocab: {} } }));
    await expect(importModel({ path: directory, home, id: "pair" })).rejects.toMatchObject({
      code: "MODEL_INVALID",
      message: expect.stringContaining('a tokenizer with the model "WordPiece"'),
    });
    expect(installedModels(home)).toEqual([]);
  });
});

describe("a model that is exported", () => {
  test.each(["model.tar", "model.tar.gz", "model.tgz"])("comes back from %s under its name", async (name) => {
    const { home, model } = await installed("some-model");
    writeFileSync(path.join(model.directory, "origin.json"), JSON.stringify({ version: 1, id: "some-model" }));
    const file = path.join(temporaryDirectory(), name);
    await exportModel(model, "some-model", file);
    expect(readdirSync(path.dirname(file))).toEqual([name]);
    const other = temporaryDirectory();
    const back = await importModel({ path: file, home: other });
    expect(back).toMatchObject({ id: "some-model", model: { fingerprint: model.fingerprint } });
    expect(existsSync(path.join(back.model.directory, "origin.json"))).toBe(true);
    expect(readdirSync(other)).toEqual([".partial", "some-model"]);
    expect(home).not.toBe(other);
  });

  test("is the same bytes each time", async () => {
    const { model } = await installed();
    const directory = temporaryDirectory();
    const digests = [];
    for (const name of ["a.tar", "b.tar"]) {
      const file = path.join(directory, name);
      await exportModel(model, "tiny", file);
      digests.push(createHash("sha256").update(readFileSync(file)).digest("hex"));
    }
    expect(digests[0]).toBe(digests[1]);
  });

  test("must be whole", async () => {
    const { model } = await installed();
    appendFileSync(path.join(model.directory, "visual/model.onnx"), "x");
    const file = path.join(temporaryDirectory(), "model.tar");
    await expect(exportModel(model, "tiny", file)).rejects.toMatchObject({ code: "MODEL_INVALID" });
    expect(existsSync(file)).toBe(false);
  });

  test("does not overwrite anything", async () => {
    const { model } = await installed();
    const file = path.join(temporaryDirectory(), "model.tar");
    writeFileSync(file, "precious");
    await expect(exportModel(model, "tiny", file)).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
    expect(readFileSync(file, "utf8")).toBe("precious");
  });
});

describe("a model that is removed", () => {
  test("is gone, and with it what an unfinished download left", async () => {
    const { home } = await installed();
    mkdirSync(path.join(home, ".partial/tiny/source"), { recursive: true });
    expect(await removeModel(home, "tiny")).toBe(true);
    expect(installedModels(home)).toEqual([]);
    expect(readdirSync(path.join(home, ".partial"))).toEqual(["tiny.lock"]);
    expect(await removeModel(home, "tiny")).toBe(false);
  });

  test.each(["..", "../precious", "", "/", ".partial"])("is not named %j", async (id) => {
    const base = temporaryDirectory();
    mkdirSync(path.join(base, "precious"));
    mkdirSync(path.join(base, "models/.partial"), { recursive: true });
    await expect(removeModel(path.join(base, "models"), id)).rejects.toMatchObject({ code: "INVALID_ARGUMENT" });
    expect(readdirSync(base)).toEqual(["models", "precious"]);
  });
});

test("of two that would change one model the second waits, and can be stopped", async () => {
  const home = temporaryDirectory();
  const order: string[] = [];
  const stop = new AbortController();
  let finish = (): void => {};
  const first = withModelLock(home, "tiny", {}, async () => {
    order.push("first begins");
    await new Promise<void>((resolve) => (finish = resolve));
    order.push("first ends");
  });
  await expect.poll(() => order).toEqual(["first begins"]);
  const impatient = withModelLock(home, "tiny", { signal: stop.signal, onWait: () => stop.abort() }, () => {
    throw new Error("not to be reached");
  });
  await expect(impatient).rejects.toMatchObject({ code: "ABORTED" });
  await withModelLock(home, "other", {}, async () => void order.push("another model"));
  const second = withModelLock(home, "tiny", { onWait: () => finish() }, async () => void order.push("second"));
  await Promise.all([first, second]);
  expect(order).toEqual(["first begins", "another model", "first ends", "second"]);
});

describe("--model", () => {
  test("means a directory, an installed model's name, or a beginning that only one has", async () => {
    const { home, original } = await installed("some-model");
    const cwd = temporaryDirectory();
    const place = { env: { CLIPFIND_MODELS: home }, cwd };
    expect(await namedModel(original.directory, place)).toBe(original.directory);
    expect(await namedModel("some-model", place)).toBe(path.join(home, "some-model"));
    expect(await namedModel("Some", place)).toBe(path.join(home, "some-model"));
    expect(await namedModel("./some-model", place)).toBe(path.join(cwd, "some-model"));
    mkdirSync(path.join(cwd, "some-model"));
    expect(await namedModel("some-model", place)).toBe(path.join(cwd, "some-model"));
  });

  test("says what getting a model of the catalogue takes", async () => {
    const place = { env: { CLIPFIND_MODELS: temporaryDirectory() }, cwd: temporaryDirectory() };
    await expect(namedModel("vit-b-32-256", place)).rejects.toMatchObject({
      code: "MODEL_NOT_FOUND",
      message: "The model vit-b-32-256-datacomp is not installed",
      hint: "Run `clipfind models pull vit-b-32-256-datacomp`: about 608 MB, licence MIT.",
    });
    await expect(namedModel("siglip", place)).rejects.toMatchObject({
      hint: expect.stringContaining("siglip2-b-32-256, siglip2-b-16-256, siglip2-so400m-14-384"),
    });
    await expect(namedModel("nonsense", place)).rejects.toMatchObject({
      code: "MODEL_NOT_FOUND",
      hint: expect.stringContaining("clipfind models list"),
    });
  });

  test("does not choose between several", async () => {
    const { home, original } = await installed("some-model");
    await importModel({ path: original.directory, home, id: "some-other" });
    const place = { env: { CLIPFIND_MODELS: home }, cwd: temporaryDirectory() };
    await expect(namedModel("some", place)).rejects.toMatchObject({
      code: "INVALID_ARGUMENT",
      message: expect.stringContaining("some-model, some-other"),
    });
  });
});

test("the models' home is CLIPFIND_MODELS, else in the data directory", () => {
  expect(modelsHome({ env: { CLIPFIND_MODELS: "m" }, cwd: "/a" })).toBe(path.resolve("/a/m"));
  expect(modelsHome({ env: {}, cwd: "/a" })).toMatch(/clipfind.*models$/);
});
