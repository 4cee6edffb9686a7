import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { compileModel } from "@clipfind/core";
import { expect, test } from "vitest";
import { clipfind } from "../support/clipfind.ts";
import { copyDrawings } from "../support/drawings.ts";
import { withGraphsForTexts } from "../support/tower-graphs.ts";
import { type ClipConfig, writeRandomClip } from "../support/random-clip.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";
import { TerminalRun } from "../support/terminal.ts";

const hook = fileURLToPath(new URL("../support/log-loaded.mjs", import.meta.url));

interface Loaded {
  /** Packages, Node's own left out. */
  readonly packages: string[];
  /** Files of the bundles. */
  readonly files: string[];
  /** Parts of Node. */
  readonly node: string[];
}

/** Runs the command; what it loads, once each and sorted. */
async function loadedBy(args: readonly string[], env: Record<string, string> = {}): Promise<Loaded> {
  const file = join(temporaryDirectory(), "loaded");
  const run = await clipfind(args, { env: { ...env, NODE_OPTIONS: `--import=${hook}`, LOADED: file } });
  expect(run).toMatchObject({ code: 0 });
  return loadedIn(file);
}

/** What the hook has noted in the file. */
function loadedIn(file: string): Loaded {
  const loaded = existsSync(file) ? readFileSync(file, "utf8") : "";
  const all = (pattern: RegExp): string[] => {
    const found = loaded.split("\n").flatMap((url) => pattern.exec(url)?.[1] ?? []);
    return [...new Set(found)].toSorted();
  };
  return {
    packages: all(/.*\/(?:node_modules|packages)\/((?:@[^/]+\/)?[^/]+)/),
    files: all(/\/packages\/(\w+\/dist\/bundle\/[\w-]+)\.js$/),
    node: all(/^node:(.*)/),
  };
}

test("version and help need the command line alone", async () => {
  const main = ["cli/dist/bundle/main", "cli/dist/bundle/rolldown-runtime"];
  const files = { packages: ["cli"], files: main, node: ["fs", "module", "os", "path"] };
  expect(await loadedBy(["--version"])).toEqual(files);
  expect(await loadedBy(["--help"])).toEqual(files);
});

test("a text query loads the text tower, and nothing that reads photos; asked again, no model at all", async () => {
  const [library, photos] = [temporaryDirectory(), temporaryDirectory()];
  copyDrawings(photos, 0, 3);
  const env = { CLIPFIND_LIBRARY: library };
  expect(await clipfind(["index", photos], { env })).toMatchObject({ code: 0 });
  const hits = await clipfind(["a", "dog"], { env });
  expect(hits).toMatchObject({ code: 0 });
  expect(await clipfind(["a", "dog"], { env })).toEqual(hits);
  const bundles = ["cli/cli-all", "cli/main", "cli/rolldown-runtime", "core/errors", "core/index"];
  bundles.push("core/index-all", "core/query-language", "core/query-language-all", "core/rolldown-runtime");
  const again = {
    packages: ["cli", "core"],
    // None that reads a line which is not plain, or makes help.
    files: bundles.map((file) => file.replace("/", "/dist/bundle/")),
    // Not what it has to compile first: crypto, streams, worker threads, zlib.
    node: ["buffer", "fs", "module", "os", "path", "process", "url", "util"],
  };
  const first = await loadedBy(["a", "cat"], env);
  expect(first.files).toEqual(again.files);
  expect(first.packages.filter((name) => !again.packages.includes(name))).toEqual([
    "onnxruntime-common",
    "onnxruntime-node",
  ]);
  expect(await loadedBy(["a", "cat"], env)).toEqual(again);

  if (process.platform === "win32") return;
  // The table, which measures what it prints; no pictures, and nothing interactive.
  const file = join(temporaryDirectory(), "loaded");
  const run = new TerminalRun(["--no-index", "a", "cat"], {
    cwd: photos,
    env: { ...env, NODE_OPTIONS: `--import=${hook}`, LOADED: file },
  });
  expect(await run.ended).toMatchObject({ code: 0 });
  expect(run.screen.join("\n")).toMatch(/[█-▏] +0\.\d{3} {2}/);
  const { files, packages } = loadedIn(file);
  const table = "cli/dist/bundle/output-hit-table-all";
  expect({ files, packages }).toEqual({ files: [...again.files, table].toSorted(), packages: again.packages });
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
    expect((await loadedBy([`a cat, ${precision}`], env)).packages).toEqual(["cli", "core"]);
  }
  // The same model: the photos' vectors are found, and the text's differ by rounding only.
  const loaded = await loadedBy(["another cat", "--model", old], env);
  expect(loaded.packages.filter((name) => name.startsWith("onnx"))).toEqual(["onnxruntime-common", "onnxruntime-node"]);
});

test("the encoder that a model is tried with before a library is made is the run's first", async () => {
  const [library, photos] = [temporaryDirectory(), temporaryDirectory()];
  copyDrawings(photos, 0, 3);
  const file = join(temporaryDirectory(), "loaded");
  const env = { CLIPFIND_LIBRARY: library, NODE_OPTIONS: `--import=${hook}`, LOADED: file };
  expect(await clipfind(["index", photos, "--workers", "1"], { env })).toMatchObject({ code: 0 });
  expect(readFileSync(file, "utf8").match(/\/photo-worker\.js$/gm)).toHaveLength(1);
});
