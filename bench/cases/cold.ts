import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Precision } from "@clipfind/core";
import { compileModel } from "@clipfind/core";
import { bytePathFromText } from "../../packages/core/src/byte-path.ts";
import { TextTower } from "../../packages/core/src/clip/text-tower.ts";
import { openCatalog } from "../../packages/core/src/db/open-catalog.ts";
import { storeDirectory } from "../../packages/core/src/library-model.ts";
import { openModel } from "../../packages/core/src/models/open-model.ts";
import { Vectors } from "../../packages/core/src/vectors.ts";
import { mainFile } from "../../test/support/clipfind.ts";
import { type ClipConfig, vitB32At256, writeRandomClip } from "../../test/support/random-clip.ts";
import { tolerance } from "../answers.ts";
import { PeerProcess } from "../peers/process.ts";
import type { Context } from "../context.ts";
import type { Measurement } from "../measurement.ts";

const small: ClipConfig = {
  embed_dim: 64,
  vision_cfg: { image_size: 64, layers: 1, width: 64, patch_size: 32 },
  text_cfg: { context_length: 77, vocab_size: 49_408, width: 64, heads: 1, layers: 1 },
};

/**
 * A fresh process per query over 100,000 photos, page cache warm: medians, as people feel them. ViT-B/32-256 of random
 * weights: as slow as one that was trained. The photos are empty files, which a search does not open.
 */
export async function benchCold(context: Context): Promise<Measurement[]> {
  const folder = context.folder();
  const [source, model, photos] = [join(folder, "source"), join(folder, "model"), join(folder, "photos")];
  const config = context.check ? small : vitB32At256;
  const rows = context.check ? 200 : 100_000;
  process.stderr.write("making a ViT-B/32 of random weights\n");
  writeRandomClip(source, config);
  await compileModel({ source, target: model, name: "ViT-B/32-256, random weights" });
  mkdirSync(photos);
  const names = Array.from({ length: rows }, (_, row) => `${row + 1}.jpg`);
  for (const name of names) writeFileSync(join(photos, name), "");
  const vectors = randomVectors(rows, config.embed_dim);
  const libraries = { int8: join(folder, "int8"), fp32: join(folder, "fp32") };
  for (const [precision, library] of Object.entries(libraries) as [Precision, string][]) {
    await makeLibrary(library, { model, precision, photos, names, vectors });
  }
  // Compiled code is kept here, and not in the user's own directory.
  const env = { ...process.env, XDG_CACHE_HOME: join(folder, "cache"), NODE_COMPILE_CACHE: undefined };

  for (const [precision, library] of Object.entries(libraries) as [Precision, string][]) {
    const { text, hits } = ask(library, "a cat behind a corner", env);
    await assertRight(openModel(model, precision), vectors, text, hits);
    assert.deepEqual(ask(library, text, env).hits, hits, "the same answer with the text's vector from the catalog");
  }

  let number = 0;
  await using stopwatch = await PeerProcess.start(process.execPath, ["stopwatch.ts"], env);
  const wall = async (args: readonly string[]): Promise<number> => {
    const { ms, status, stderr } = await stopwatch.ask<{ ms: number; status: number; stderr: string }>({ args });
    assert.equal(status, 0, stderr);
    return ms;
  };
  const contestants: Record<string, () => Promise<number>> = {
    "node -e 0": () => wall(["-e", "0"]),
    "--version": () => wall([mainFile, "--version"]),
    "--help": () => wall([mainFile, "--help"]),
    ...Object.fromEntries(
      Object.entries(libraries).flatMap(([precision, library]) => [
        [`a text, ${precision}`, () => wall([mainFile, `words ${number++}`, "--library", library])],
        [`the text again, ${precision}`, () => wall([mainFile, "a cat behind a corner", "--library", library])],
      ]),
    ),
  };
  const times: Record<string, number[]> = {};
  for (let round = 0; round < (context.check ? 1 : 15); round++) {
    for (const [name, run] of Object.entries(contestants)) (times[name] ??= []).push(await run());
  }
  const node = median(times["node -e 0"] as number[]);
  const limits: Record<string, number> = {
    "--version": 60,
    "--help": 80,
    "a text, int8": 130,
    "a text, fp32": 170,
    "the text again, int8": 80,
    "the text again, fp32": 80,
  };
  const timed = Object.entries(limits).map(([name, limit]): Measurement => {
    const all = times[name] as number[];
    const value = median(all);
    return {
      subject: `fresh process: ${name}${name.startsWith("--") ? "" : `, ${rows} × ${config.embed_dim}, random weights`}`,
      value,
      unit: "ms",
      ratios: { [`${limit} ms`]: limit / value, "node -e 0": node / value },
      bars: { [`${limit} ms`]: 1 },
      details: { "fastest, ms": Math.min(...all) },
    };
  });
  const memory = Object.entries(libraries).map(([precision, library]): Measurement => {
    const value = peakMemory([mainFile, `words ${number++}`, "--library", library], env);
    return {
      subject: `fresh process: a text, ${precision}: peak resident memory, pages of mapped files included`,
      value,
      unit: "MB",
      ratios: { "180 MB": 180 / value },
      bars: { "180 MB": 1 },
    };
  });
  return [...timed, ...memory];
}

interface NewLibrary {
  readonly model: string;
  readonly precision: Precision;
  readonly photos: string;
  readonly names: readonly string[];
  readonly vectors: readonly Float32Array[];
}

/** Writes what an index run would have: a row and a vector for each file. */
async function makeLibrary(directory: string, { model: place, precision, photos, names, vectors }: NewLibrary) {
  const model = openModel(place, precision);
  const { dims, name } = model.manifest;
  const catalog = openCatalog(directory);
  mkdirSync(join(directory, "vectors"));
  const store = Vectors.open(storeDirectory(directory, model.fingerprint), { dims, write: true });
  const directoryId = catalog.directories.findOrInsert(bytePathFromText(photos));
  catalog.transaction(() => {
    for (const [row, file] of names.entries()) {
      const hash = Buffer.alloc(16);
      hash.writeUInt32LE(row + 1);
      catalog.contents.insert({ id: row + 1, hash, bytes: 0, width: 1, height: 1, format: "jpeg" });
      const fingerprint = { bytes: 0n, mtimeNs: 1n, ctimeNs: 1n, inode: 1n };
      catalog.files.put({ directoryId, name: bytePathFromText(file), fingerprint, contentId: row + 1, error: null });
    }
  });
  for (let row = 0; row < vectors.length; row += 10_000) {
    const some = vectors.slice(row, row + 10_000);
    const values = new Float32Array(some.length * dims);
    for (const [at, vector] of some.entries()) values.set(vector, at * dims);
    await store.append(
      some.map((_, at) => row + at + 1),
      values,
    );
  }
  await store.compact({ full: true });
  store.close();
  const { fingerprint } = model;
  catalog.models.choose({
    name,
    fingerprint,
    dims,
    directory: place,
    precision,
    agreement: "by hand",
    tried: undefined,
    verified: {},
    devices: ["cpu"],
    complete: true,
  });
  catalog.close();
}

/** Unit vectors in random directions, from a fixed seed. */
function randomVectors(rows: number, dims: number): Float32Array[] {
  let state = 1;
  const next = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32 - 0.5;
  };
  return Array.from({ length: rows }, () => {
    const vector = Float32Array.from({ length: dims }, () => next() + next());
    const length = Math.hypot(...vector);
    return vector.map((value) => value / length);
  });
}

interface Found {
  readonly path: string;
  readonly score: number;
}

function ask(library: string, text: string, env: NodeJS.ProcessEnv): { text: string; hits: readonly Found[] } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [mainFile, "--json", text, "--library", library], {
    env,
    encoding: "utf8",
  });
  assert.equal(status, 0, stderr);
  return { text, hits: (JSON.parse(stdout) as { hits: Found[] }).hits };
}

/** The ten best of all, each with the score that float64 arithmetic gives for the vectors as they were appended. */
async function assertRight(
  model: ReturnType<typeof openModel>,
  vectors: readonly Float32Array[],
  text: string,
  hits: readonly Found[],
): Promise<void> {
  await using tower = await TextTower.open(model);
  const { vector: query } = await tower.embedText(text);
  const scores = vectors.map((vector) => vector.reduce((sum, value, at) => sum + value * (query[at] as number), 0));
  const best = scores.toSorted((a, b) => b - a).slice(0, 10);
  assert.equal(hits.length, 10);
  for (const [rank, { path, score }] of hits.entries()) {
    const row = Number(/(\d+)\.jpg$/.exec(path)?.[1]) - 1;
    assert.ok(Math.abs(score - (scores[row] as number)) < tolerance, `rank ${rank}: the score of row ${row}`);
    assert.ok(Math.abs(score - (best[rank] as number)) < tolerance, `rank ${rank}: the best score`);
  }
}

/** Of a process, in megabytes, as the system counts it. */
function peakMemory(args: readonly string[], env: NodeJS.ProcessEnv): number {
  // Linux hands down the peak of the process that forked; what a process itself had is its high-water mark.
  const status = `process.platform === "linux" && require("node:fs").readFileSync("/proc/self/status", "utf8")`;
  const peak = `(/VmHWM:\\s*(\\d+)/.exec(${status})?.[1] ?? process.resourceUsage().maxRSS)`;
  const report = `const require = process.getBuiltinModule("node:module").createRequire("file:///");
    process.on("exit", () => process.stderr.write("\\nKB " + ${peak}))`;
  const hook = `--import=data:text/javascript,${encodeURIComponent(report)}`;
  const run = spawnSync(process.execPath, [hook, ...args], { env, encoding: "utf8" });
  assert.equal(run.status, 0, run.stderr);
  return Number(/KB (\d+)$/.exec(run.stderr)?.[1]) / 1000;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] as number;
}
