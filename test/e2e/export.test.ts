import type { ChildProcess } from "node:child_process";
import { copyFileSync, existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { asyncBufferFromFile, parquetReadObjects } from "hyparquet";
import { expect, test } from "vitest";
import { bytePathFromText } from "../../packages/core/src/byte-path.ts";
import { clipfind } from "../support/clipfind.ts";
import { copyDrawings } from "../support/drawings.ts";
import { inventLibrary } from "../support/invented-library.ts";
import { readNpy } from "../support/read-npy.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";

test("what was indexed is exported with its vectors; what is there is overwritten with --force only", async () => {
  const [library, photos, base] = [temporaryDirectory(), temporaryDirectory(), temporaryDirectory()];
  copyDrawings(photos, 0, 3);
  const env = { CLIPFIND_LIBRARY: library };
  const run = (...args: string[]) => clipfind(args, { cwd: base, env });
  expect(await run("export", "out")).toMatchObject({ code: 2, stdout: "" });
  expect(await run("index", photos)).toMatchObject({ code: 0 });
  const out = join(base, "out");
  expect(await run("export", "out")).toEqual({
    code: 0,
    signal: null,
    stdout: `3 photos of clipfind mini (drawings) in 2 files: ${out}\n`,
    stderr: "",
  });
  const { shape, data } = readNpy(join(out, "img_emb", "img_emb_0.npy"));
  expect(shape).toEqual([3, 512]);
  for (const row of [0, 1, 2]) expect(Math.hypot(...data.subarray(row * 512, (row + 1) * 512))).toBeCloseTo(1, 4);
  expect(await run("export", "out", "--format", "jsonl")).toEqual({
    code: 2,
    signal: null,
    stdout: "",
    stderr: `clipfind: ${out} is there already\nReplace it with --force, or name another directory.\n`,
  });
  const replaced = await run("export", "out", "--format", "jsonl", "--force", "--json");
  expect(JSON.parse(replaced.stdout)).toMatchObject({ version: 1, library, directory: out, rows: 3 });
  const lines = readFileSync(join(out, "photos", "photos_0.jsonl"), "utf8")
    .trimEnd()
    .split("\n");
  const paths = lines.map((line) => (JSON.parse(line) as { image_path: string }).image_path);
  expect(paths.toSorted()).toEqual(
    readdirSync(photos)
      .map((name) => join(photos, name))
      .toSorted(),
  );
});

test("kill -9 in the middle leaves no export, Ctrl-C nothing at all; the next one tidies up", async () => {
  const [library, base] = [temporaryDirectory(), temporaryDirectory()];
  const files = Array.from({ length: 6000 }, (_, at) => ({ id: at + 1, name: bytePathFromText(`${at}.jpg`) }));
  await inventLibrary(library, files);
  const args = ["export", "out", "--format", "jsonl"];
  const options = { cwd: base, env: { CLIPFIND_LIBRARY: library } };
  for (const signal of ["SIGKILL", "SIGINT"] as const) {
    let child: ChildProcess | undefined;
    const run = clipfind(args, { ...options, started: (process) => (child = process) });
    const begun = (): boolean =>
      readdirSync(base, { recursive: true, encoding: "utf8" }).some(
        (name) => name.endsWith(".jsonl") && name.includes(`-${child?.pid}`),
      );
    while (!begun()) await setTimeout(5);
    child?.kill(signal);
    const { code } = await run;
    expect(code).toBe(signal === "SIGKILL" ? null : 130);
    expect(existsSync(join(base, "out"))).toBe(false);
    // Hidden, and named after the process.
    expect(readdirSync(base)).toHaveLength(signal === "SIGKILL" ? 1 : 0);
  }
  expect(await clipfind(args, options)).toMatchObject({ code: 0 });
  expect(readdirSync(base)).toEqual(["out"]);
  expect(readFileSync(join(base, "out", "photos", "photos_0.jsonl"), "utf8").split("\n")).toHaveLength(6001);
});

/** What a search prints as JSON, and its export, as far as they must agree. */
interface Ranked {
  readonly rank: number;
  readonly score: number | null;
  readonly confidence: number | null;
  readonly path: string;
}

test("a query exports the very photos that a search prints, with their ranks, scores, copies and vectors", async () => {
  const [library, photos, base] = [temporaryDirectory(), temporaryDirectory(), temporaryDirectory()];
  const env = { CLIPFIND_LIBRARY: library };
  const run = (...args: string[]) => clipfind(args, { cwd: base, env });
  copyDrawings(join(photos, "some"), 0, 30);
  copyDrawings(join(photos, "more"), 30, 42);
  const [first = ""] = readdirSync(join(photos, "some")).toSorted();
  copyFileSync(join(photos, "some", first), join(photos, "copy.jpg"));
  expect(await run("index", photos)).toMatchObject({ code: 0 });

  const searched = async (...args: string[]): Promise<Ranked[]> => {
    const { stdout } = await run("--json", ...args);
    const { hits } = JSON.parse(stdout) as { hits: (Ranked & { copies: string[] })[] };
    return hits.flatMap(({ rank, score, confidence, path, copies }) =>
      [path, ...copies]
        .toSorted()
        .map((each) => ({ rank, score: score ?? null, confidence: confidence ?? null, path: each })),
    );
  };
  const exportedBy = async (...args: string[]): Promise<Ranked[]> => {
    const done = await run("export", "out", "--force", "--format", "jsonl", ...args);
    expect(done).toMatchObject({ code: 0 });
    const lines = readFileSync(join(base, "out", "photos", "photos_0.jsonl"), "utf8")
      .trimEnd()
      .split("\n");
    return lines.map((line) => {
      const { rank, score, confidence, image_path: path } = JSON.parse(line) as Ranked & { image_path: string };
      return { rank, score, confidence, path };
    });
  };
  for (const args of [
    ["a", "cat"],
    ["-n", "25", "a cat", "+", "0.5:night", "-", "dog"],
    ["-n", "42", "--cutoff", "auto", "a red car"],
    ["-n", "5", "--in", join(photos, "more"), "a cat"],
    ["-n", "3", `@${join(photos, "some", first)}`],
    // Newest first: no scores.
    ["-n", "4", "in:" + photos, "-ext:gif"],
  ]) {
    const expected = await searched(...args);
    expect(expected.length).toBeGreaterThan(0);
    expect(await exportedBy(...args)).toEqual(expected);
  }

  // What is set for searches counts for words, and for nothing else.
  const set = { ...env, CLIPFIND_LIMIT: "2" };
  const limited = await clipfind(["export", "two", "a", "cat"], { cwd: base, env: set });
  const all = await clipfind(["export", "all", "--ext", "jpg,png"], { cwd: base, env: set });
  expect([limited.code, all.code]).toEqual([0, 0]);
  expect(JSON.parse(readFileSync(join(base, "two", "export.json"), "utf8"))).toMatchObject({
    asked: { query: "a cat", truncated: false, notes: [], warnings: [] },
  });
  expect(JSON.parse(readFileSync(join(base, "all", "export.json"), "utf8"))).toMatchObject({ rows: 43 });

  const { shape, data } = readNpy(join(base, "two", "img_emb", "img_emb_0.npy"));
  const file = await asyncBufferFromFile(join(base, "two", "metadata", "metadata_0.parquet"));
  const rows = await parquetReadObjects({ file });
  const hits = await searched("-n", "2", "a cat");
  expect(rows.map(({ rank, score, confidence, image_path: path }) => ({ rank, score, confidence, path }))).toEqual(
    hits,
  );
  expect(shape).toEqual([hits.length, 512]);
  for (const row of hits.keys()) expect(Math.hypot(...data.subarray(row * 512, (row + 1) * 512))).toBeCloseTo(1, 4);

  expect(await run("export", "none", "in:/nowhere", "a", "cat")).toMatchObject({
    code: 1,
    stdout: `0 photos of clipfind mini (drawings) in 2 files: ${join(base, "none")}\n`,
    stderr: expect.stringMatching(/clipfind: no photos found\n$/) as string,
  });
  expect(await run("export", "wrong", "--all", "a cat")).toEqual({
    code: 2,
    signal: null,
    stdout: "",
    stderr: expect.stringMatching(
      /clipfind: Expected a query without missing photos: a search finds what is there\nLeave --all out; with filters alone it may stay\.\n$/,
    ) as string,
  });
  expect(await run("export", "wrong", "-n", "0", "cat")).toMatchObject({ code: 2, stdout: "" });
  expect(existsSync(join(base, "wrong"))).toBe(false);
});
