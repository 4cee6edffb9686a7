import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { compileModel } from "@clipfind/core";
import { expect, test } from "vitest";
import { clipfind } from "../support/clipfind.ts";
import { copyDrawings } from "../support/drawings.ts";
import { withGraphsForTexts } from "../support/graphs-for-texts.ts";
import { type ClipConfig, writeRandomClip } from "../support/random-clip.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";

const hook = fileURLToPath(new URL("../support/log-loaded.mjs", import.meta.url));

/** What every query loads. */
const always = ["better-sqlite3", "cli", "core", "demo-photos", "model-mini", "native"];

/** Runs the command; the packages that it loads, Node's own left out, once each and sorted. */
async function loadedBy(args: readonly string[], env: Record<string, string> = {}): Promise<string[]> {
  const file = join(temporaryDirectory(), "loaded");
  const run = await clipfind(args, { env: { ...env, NODE_OPTIONS: `--import=${hook}`, LOADED: file } });
  expect(run).toMatchObject({ code: 0 });
  const loaded = existsSync(file) ? readFileSync(file, "utf8") : "";
  const packages = loaded
    .split("\n")
    .map((url) => /.*\/(?:node_modules|packages)\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1]);
  return [...new Set(packages.filter((name) => name !== undefined))].toSorted();
}

test("the version needs the command line alone, help neither the database nor the vectors nor a model", async () => {
  expect(await loadedBy(["--version"])).toEqual(["cli"]);
  expect(await loadedBy(["--help"])).toEqual(["cli", "core", "demo-photos"]);
});

test("a text query loads the text tower, and nothing that reads photos; asked again, no model at all", async () => {
  const [library, photos] = [temporaryDirectory(), temporaryDirectory()];
  copyDrawings(photos, 0, 3);
  const env = { CLIPFIND_LIBRARY: library };
  expect(await clipfind(["index", photos], { env })).toMatchObject({ code: 0 });
  const hits = await clipfind(["a", "dog"], { env });
  expect(hits).toMatchObject({ code: 0 });
  expect(await clipfind(["a", "dog"], { env })).toEqual(hits);
  const first = await loadedBy(["a", "cat"], env);
  expect(first.filter((name) => !always.includes(name))).toEqual(["onnxruntime-common", "onnxruntime-node"]);
  expect(await loadedBy(["a", "cat"], env)).toEqual(always);
});

const small: ClipConfig = {
  embed_dim: 16,
  vision_cfg: { image_size: 32, layers: 1, width: 32, patch_size: 16, head_width: 16 },
  text_cfg: { context_length: 77, vocab_size: 49_408, width: 32, heads: 2, layers: 2 },
};

test("with a compiled CLIP a text query does not load onnxruntime, but for a model compiled of old", async () => {
  const [folder, photos] = [temporaryDirectory(), temporaryDirectory()];
  copyDrawings(photos, 0, 3);
  const [source, own, old] = ["source", "own", "old"].map((name) => join(folder, name)) as [string, string, string];
  writeRandomClip(source, small);
  await compileModel({ source, target: own, name: "random" });
  await withGraphsForTexts(source, own, old);
  const env = { CLIPFIND_LIBRARY: join(folder, "library") };
  for (const precision of ["fp32", "int8"]) {
    expect(await clipfind(["index", photos, "--model", own, "--precision", precision], { env })).toMatchObject({
      code: 0,
    });
    expect(await loadedBy([`a cat, ${precision}`], env)).toEqual(always);
  }
  // The same model: the photos' vectors are found, and the text's differ by rounding only.
  const loaded = await loadedBy(["another cat", "--model", old], env);
  expect(loaded.filter((name) => name.startsWith("onnx"))).toEqual(["onnxruntime-common", "onnxruntime-node"]);
});
