import type { ChildProcess } from "node:child_process";
import { existsSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { expect, test } from "vitest";
import { bytePathFromText } from "../../packages/core/src/byte-path.ts";
import { type Run, clipfind } from "../support/clipfind.ts";
import { copyDrawings } from "../support/drawings.ts";
import { inventLibrary } from "../support/invented-library.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";

test("the index answers from its new place, and photos that are elsewhere are found there and not encoded again", async () => {
  const [base, photos] = [temporaryDirectory(), join(temporaryDirectory(), "photos")];
  const [old, place] = [join(base, "old"), join(base, "new")];
  copyDrawings(photos, 0, 3);
  const run = (library: string, ...args: string[]): Promise<Run> =>
    clipfind(args, { cwd: base, env: { CLIPFIND_LIBRARY: library } });
  expect(await run(old, "index", photos)).toMatchObject({ code: 0 });
  const hits = await run(old, "--files", "a", "cat");
  expect(await run(old, "library", "move", "new")).toEqual({
    code: 0,
    signal: null,
    stdout: `${place}\n`,
    stderr: `Set CLIPFIND_LIBRARY to ${place} from now on.\n`,
  });
  expect(readdirSync(base)).toEqual(["new"]);
  expect(await run(place, "--files", "a", "cat")).toEqual(hits);
  expect(await run(place, "library", "move", "new")).toMatchObject({ code: 2, stdout: "" });

  const elsewhere = join(temporaryDirectory(), "elsewhere");
  renameSync(photos, elsewhere);
  const moved = await run(place, "library", "move", "--root", photos, elsewhere);
  expect(moved).toMatchObject({ code: 0, stdout: `3 photos: ${photos} is ${elsewhere} now\n` });
  expect((await run(place, "--files", "a", "cat")).stdout).toBe(hits.stdout.replaceAll(photos, elsewhere));
  const report = JSON.parse((await run(place, "index", "--json")).stdout) as object;
  expect(report).toMatchObject({ found: 3, encoded: 0, missing: 0, failed: 0 });
  const compacted = await run(place, "library", "compact");
  expect(compacted).toMatchObject({ code: 0, stderr: "" });
  expect(compacted.stdout).toMatch(/^\d+\.\d MiB of vectors and \d+\.\d MiB of catalog before, .* now\n$/);
  expect((await run(place, "--files", "a", "cat")).stdout).toBe(hits.stdout.replaceAll(photos, elsewhere));
});

test("kill -9 at any time leaves a whole library in one of the places, or in both; the next move ends it", async () => {
  const base = temporaryDirectory();
  const [old, place] = [join(base, "old"), join(base, "new")];
  const files = Array.from({ length: 3000 }, (_, at) => ({ id: at + 1, name: bytePathFromText(`${at}.jpg`) }));
  await inventLibrary(old, files);
  const run = (library: string, args: string[], started?: (child: ChildProcess) => void): Promise<Run> =>
    clipfind(args, { cwd: base, env: { CLIPFIND_LIBRARY: library }, ...(started && { started }) });
  const isSound = async (library: string): Promise<void> => {
    expect(await run(library, ["verify"])).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("3,000 vectors") as string,
    });
  };
  // As soon as something of the move is seen: its beginning, the catalog, the new library.
  const moments: readonly (() => boolean)[] = [
    () => readdirSync(base).some((name) => name.includes("clipfind-new")),
    () => readdirSync(base).some((name) => name.includes("clipfind-new") && existsSync(join(base, name, "catalog.db"))),
    () => existsSync(place),
  ];
  for (const isNow of moments) {
    let child: ChildProcess | undefined;
    const moving = run(old, ["library", "move", "new"], (process) => (child = process));
    const isRunning = (): boolean => child?.exitCode === null;
    while (!isNow() && isRunning()) await setTimeout(1);
    child?.kill("SIGKILL");
    await moving;
    const places = [old, place].filter((library) => existsSync(join(library, "catalog.db")));
    expect(places).not.toEqual([]);
    for (const library of places) await isSound(library);
    if (places.length === 2) {
      const refused = await run(old, ["library", "move", "new"]);
      expect(refused).toMatchObject({ code: 2, stdout: "" });
      expect(refused.stderr).toContain("the library is in both places");
      rmSync(place, { recursive: true });
    }
    // What is left of the vectors is no library.
    if (!places.includes(old)) {
      rmSync(old, { recursive: true, force: true });
      renameSync(place, old);
    }
  }
  expect(await run(old, ["library", "move", "new"])).toMatchObject({ code: 0 });
  expect(readdirSync(base)).toEqual(["new"]);
  await isSound(place);
});
