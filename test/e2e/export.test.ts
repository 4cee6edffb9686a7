import type { ChildProcess } from "node:child_process";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
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
