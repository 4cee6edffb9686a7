import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { beforeAll, describe, expect, test } from "vitest";
import type { Run, RunOptions } from "../support/clipfind.ts";
import { copyDrawings } from "../support/drawings.ts";
import { copyDirectory, hitsOf, useWorld } from "../support/world.ts";

// With the mini model: these need nothing but the repository.
const world = useWorld();
const run = (library: string, args: readonly string[], options: RunOptions = {}): Promise<Run> =>
  world.run(library, args, { ...options, env: { CLIPFIND_MODEL: "" } });

let photos = "";
let whole = "";
let parts: string[] = [];

beforeAll(async () => {
  photos = world.directory();
  copyDrawings(photos, 0, 30);
  whole = world.directory();
  expect((await run(whole, ["index", photos])).code).toBe(0);
  parts = [1, 2, 3].map(() => world.directory());
  // At the same time, and from another mount point each.
  const mounts = parts.map((_, at) => join(world.directory(), `mount-${at}`));
  for (const mount of mounts) copyDirectory(photos, mount);
  const names = await Promise.all(
    parts.map(async (part, at) => {
      const library = world.directory();
      const args = ["index", mounts[at] as string, "--shard", `${at + 1}/3`, "-j", "1"];
      const [here, there] = [await run(part, ["index", photos, ...args.slice(2)]), await run(library, args)];
      expect([here.code, there.code]).toEqual([0, 0]);
      return [await found(part), await found(library)].map((hits) => hits.map(({ name }) => name).toSorted());
    }),
  );
  for (const [here, there] of names) expect(there).toEqual(here);
  expect(names.flatMap(([here]) => here ?? []).toSorted()).toEqual(readdirSync(photos).toSorted());
});

async function found(library: string): Promise<{ name: string; score: number }[]> {
  const hits = hitsOf(await run(library, ["--json", "-n", "99", "a red car at night"]));
  return hits.map(({ path, score }) => ({ name: basename(path), score }));
}

async function expectWhole(library: string): Promise<void> {
  const [hits, expected] = [await found(library), await found(whole)];
  expect(hits.map(({ name }) => name)).toEqual(expected.map(({ name }) => name));
  for (const [at, { score }] of hits.entries()) expect(score).toBeCloseTo(expected[at]?.score as number, 6);
  expect(await run(library, ["verify"])).toMatchObject({ code: 0 });
}

function mountReadOnly(directory: string): boolean {
  const mount = (...args: string[]): boolean => spawnSync("mount", [...args, directory]).status === 0;
  return mount("--bind", directory) && mount("-o", "remount,bind,ro");
}

function canMount(): boolean {
  if (process.platform !== "linux") return false;
  const directory = mkdtempSync(join(tmpdir(), "clipfind-test-"));
  const can = mountReadOnly(directory);
  spawnSync("umount", [directory]);
  rmdirSync(directory);
  return can;
}

describe("clipfind merge", () => {
  test("joins the parts that several indexers made; again it changes nothing; index finds nothing to do", async () => {
    const all = world.directory();
    expect(await run(all, ["merge", ...parts])).toEqual({
      code: 0,
      signal: null,
      stdout: "30 files in 3 libraries, 30 new, 30 contents taken in\n",
      stderr: "",
    });
    await expectWhole(all);
    expect(JSON.parse((await run(all, ["merge", "--json", ...parts])).stdout)).toEqual({
      version: 1,
      library: all,
      libraries: 3,
      librariesDone: 3,
      contents: 30,
      contentsAdded: 0,
      contentsLost: 0,
      files: 30,
      filesAdded: 0,
      filesChanged: 0,
    });
    expect((await run(all, ["index"])).stdout).toMatch(/^30 photos found, 30 unchanged, 0 encoded in /);
  });

  test("kill -9 at twelve moments: the next merge completes it, and all is as if it had not been", async () => {
    const started = performance.now();
    expect((await run(world.directory(), ["merge", ...parts])).code).toBe(0);
    const duration = performance.now() - started;
    for (let chain = 0; chain < 3; chain++) {
      const all = world.directory();
      for (let kill = 0; kill < 4; kill++) {
        // Loading takes most of the time: the kills are spread over the second half.
        const moment = duration * (0.4 + (0.7 * (kill + (chain + Math.random()) / 3)) / 4);
        const { code } = await run(all, ["merge", ...parts], {
          started: (child) => void setTimeout(moment).then(() => child.kill("SIGKILL")),
        });
        expect([null, 0]).toContain(code);
      }
      expect((await run(all, ["merge", ...parts])).code).toBe(0);
      await expectWhole(all);
    }
  });

  test.skipIf(!canMount())(
    "a library on a disk that may only be read is merged like any other (mounts one)",
    async () => {
      const [disk, all] = [world.directory(), world.directory()];
      copyDirectory(whole, disk);
      expect(mountReadOnly(disk)).toBe(true);
      try {
        expect(await run(all, ["merge", disk])).toMatchObject({ code: 0, stderr: "" });
        await expectWhole(all);
      } finally {
        spawnSync("umount", [disk]);
      }
    },
  );

  test("tells what cannot be merged, exit 2", async () => {
    const none = world.directory();
    const failures = [
      await run(whole, ["merge", none]),
      await run(whole, ["merge", whole]),
      await run(whole, ["index", photos, "--shard", "4/3"]),
    ];
    expect(failures.map(({ code, stdout }) => ({ code, stdout }))).toEqual(
      failures.map(() => ({ code: 2, stdout: "" })),
    );
    expect(failures[0]?.stderr).toBe(
      `clipfind: Expected a library to merge, but there is none in ${none}\n` +
        "Name the directories that were given to `clipfind index` with --library.\n",
    );
    expect(failures[1]?.stderr).toBe(
      `clipfind: Expected other libraries to merge into ${whole}, found itself\n` +
        "Name only the others; what it holds stays.\n",
    );
    expect(failures[2]?.stderr).toContain("expected a part such as 3/8, the third of eight, found 4/3");
  });
});
