import { mkdirSync, readdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { type Run, clipfind } from "../support/clipfind.ts";
import { copyDrawings } from "../support/drawings.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";
import { hitsOf } from "../support/world.ts";

/** A folder with a library of its own, the mini model, and as many drawings as asked for. */
function place(drawings: number): { photos: string; run: (...args: string[]) => Promise<Run> } {
  const base = temporaryDirectory();
  const photos = join(base, "photos");
  copyDrawings(photos, 0, drawings);
  return { photos, run: (...args) => clipfind(args, { cwd: base, env: { CLIPFIND_LIBRARY: join(base, "library") } }) };
}

/** The figures of a run, without those that are zero. */
async function counts(running: Promise<Run>): Promise<Record<string, number>> {
  const { stdout } = await running;
  const { found, unchanged, encoded, reused, failed, missing } = JSON.parse(stdout) as Record<string, number>;
  const figures = { found, unchanged, encoded, reused, failed, missing };
  return Object.fromEntries(Object.entries(figures).filter(([, figure]) => figure !== 0)) as Record<string, number>;
}

test("a folder that is not mounted: exit 1, a message, nothing lost; --prune believes it", async () => {
  const { photos, run } = place(3);
  await run("index", photos);
  renameSync(photos, `${photos} away`);
  mkdirSync(photos);
  const warned = await run("index");
  expect(warned.code).toBe(1);
  expect(warned.stderr).toContain(
    `clipfind: ${photos}: empty, though it had 3 photos; is a drive not mounted? What is indexed from there is left as ` +
      "it is. If the photos are gone for good, say so with --prune\n",
  );
  expect((await run("--json", "a car")).code).toBe(1);
  rmSync(photos, { recursive: true });
  renameSync(`${photos} away`, photos);
  expect(await counts(run("index", "--json"))).toEqual({ found: 3, unchanged: 3 });
  expect(hitsOf(await run("--json", "a car"))).toHaveLength(3);

  rmSync(photos, { recursive: true });
  expect((await run("index", "--prune", photos)).code).toBe(0);
  expect((await run("status")).stdout).toContain("0 files, 3 missing, 0 failed");
});

test("gc says first what it would forget", async () => {
  const { photos, run } = place(3);
  await run("index", photos);
  rmSync(join(photos, readdirSync(photos)[0] as string));
  await run("index");
  expect(await run("gc")).toMatchObject({ code: 0, stdout: "nothing to forget\n", stderr: "" });
  expect(await run("gc", "--older-than", "0d")).toMatchObject({
    code: 0,
    stdout: "to forget: 1 missing file and 1 content that no file has\n",
    stderr: "Nothing was changed. Run it again with --apply to forget them.\n",
  });
  const forgotten = await run("gc", "--older-than", "0d", "--apply", "--json");
  expect(JSON.parse(forgotten.stdout)).toMatchObject({
    version: 1,
    olderThanDays: 0,
    applied: true,
    files: 1,
    contents: 1,
  });
  expect((await run("status")).stdout).toContain("2 files, 0 missing, 0 failed");
  expect((await run("verify")).code).toBe(0);
  expect(await run("gc", "--older-than", "soon")).toMatchObject({ code: 2, stdout: "" });
});

test("rules given once are remembered, and taken back by --default-rules", async () => {
  const { photos, run } = place(1);
  copyDrawings(join(photos, ".hidden"), 1, 2);
  copyDrawings(join(photos, "raw"), 2, 3);
  copyDrawings(join(photos, "node_modules"), 3, 4);
  copyDrawings(join(photos, "..", "elsewhere"), 4, 5);
  symlinkSync("../elsewhere", join(photos, "linked"));
  symlinkSync(".", join(photos, "circle"));
  const index = (...args: string[]): Promise<Record<string, number>> => counts(run("index", "--json", ...args));
  expect(await index(photos)).toEqual({ found: 2, encoded: 2 });
  expect(await index("--hidden", "--no-ignore", "--follow", "--exclude", "raw/", "--exclude", "*.png")).toEqual({
    found: 4,
    unchanged: 1,
    encoded: 3,
  });
  expect(await index()).toEqual({ found: 4, unchanged: 4 });
  expect(await index(photos, "--default-rules")).toEqual({ found: 2, unchanged: 2 });
  // What is left out now stays in the index.
  expect(hitsOf(await run("--json", "a car"))).toHaveLength(5);
  const refused = await run("index", "--exclude", "{a");
  expect(refused).toMatchObject({ code: 2, stdout: "" });
  expect(refused.stderr).toMatch(/^clipfind: .*Expected a glob to exclude, found \{a: /s);
});

test("SVG drawings are left out unless --svg was given, which is remembered", async () => {
  const { photos, run } = place(1);
  const drawing = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><circle r="9" fill="red"/></svg>';
  writeFileSync(join(photos, "drawing.svg"), drawing);
  const index = (...args: string[]): Promise<Record<string, number>> => counts(run("index", "--json", ...args));
  expect(await index(photos)).toEqual({ found: 1, encoded: 1 });
  expect(await index("--svg")).toEqual({ found: 2, unchanged: 1, encoded: 1 });
  writeFileSync(join(photos, "another.SVG"), drawing.replace("red", "blue"));
  expect(await index()).toEqual({ found: 3, unchanged: 2, encoded: 1 });
  expect(hitsOf(await run("--json", "a red circle", "type:svg"))).toHaveLength(2);
});

test("broken files are told once, listed by status, and tried again when asked for (R14, R19)", async () => {
  const { photos, run } = place(1);
  writeFileSync(join(photos, "empty.jpg"), "");
  writeFileSync(join(photos, "text.png"), "text");
  expect(await run("index", photos)).toMatchObject({ code: 1 });
  expect(await run("index")).toMatchObject({ code: 0, stderr: expect.not.stringContaining("empty.jpg") as string });
  const { stdout } = await run("status", "--failed");
  expect(stdout.split("\n").map((line) => line.split(": ")[0])).toEqual([
    join(photos, "empty.jpg"),
    join(photos, "text.png"),
    "",
  ]);
  const again = await run("index", "--retry-failed");
  expect(again.code).toBe(1);
  expect(again.stderr).toContain(join(photos, "empty.jpg"));
  expect(await counts(run("index", "--rehash", "--json"))).toEqual({ found: 3, reused: 1, failed: 2 });
});
