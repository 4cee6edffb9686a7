import type { ChildProcess } from "node:child_process";
import { appendFileSync, copyFileSync, existsSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { needsShared, shared } from "../support/shared.ts";
import { hitsOf, indexReport, useWorld, type World } from "../support/world.ts";

describe.skipIf(shared === undefined)(needsShared("what survives"), () => {
  const world = useWorld();

  /** Photos enough for some commits: each test photo several times, made different by a byte behind its end. */
  function manyPhotos(): string {
    const folder = world.photos();
    for (const name of readdirSync(folder)) {
      for (let copy = 1; copy < 5; copy++) {
        const path = join(folder, name.replace(".jpg", `-${copy}.jpg`));
        copyFileSync(join(folder, name), path);
        appendFileSync(path, String(copy));
      }
    }
    return folder;
  }

  test.each(["SIGKILL", "SIGINT"] as const)(
    "%s in the middle of a run: the next run finishes the rest, and the results are those of an undisturbed run",
    async (signal) => {
      const [disturbed, undisturbed, photos] = [world.directory(), world.directory(), manyPhotos()];
      const total = readdirSync(photos).length;

      let child: ChildProcess | undefined;
      // One photo at a time, so that a fast machine is not done before the second commit.
      const run = world.run(disturbed, ["index", photos, "--json", "-j", "1"], {
        started: (process) => (child = process),
      });
      await until(() => commits(disturbed) >= 2);
      child?.kill(signal);
      const stopped = await run;
      if (signal === "SIGKILL") {
        expect(stopped).toMatchObject({ code: null, signal: "SIGKILL" });
      } else {
        expect(stopped).toMatchObject({ code: 130, stdout: "" });
        expect(stopped.stderr).toContain(
          "clipfind: Indexing was stopped; everything finished so far is kept\n" +
            "Run the same command again to go on where it stopped.\n",
        );
      }

      const second = await world.run(disturbed, ["index", "--json"]);
      const report = indexReport(second);
      expect(second.code).toBe(0);
      expect(report).toMatchObject({ found: total, failed: 0, reused: 0 });
      // Something was kept, and something was left to do.
      expect(report["unchanged"]).toBeGreaterThan(0);
      expect(report["encoded"]).toBe(total - (report["unchanged"] ?? 0));
      expect(report["encoded"]).toBeGreaterThan(0);

      expect((await world.run(undisturbed, ["index", photos])).code).toBe(0);
      expect(await everything(world, disturbed, total)).toEqual(await everything(world, undisturbed, total));
      expect(indexReport(await world.run(disturbed, ["index", "--json"]))).toMatchObject({
        unchanged: total,
        toRead: 0,
      });
    },
  );

  test("a second indexer is told who holds the library; searching goes on meanwhile", async () => {
    const [library, photos] = [world.directory(), manyPhotos()];
    let child: ChildProcess | undefined;
    const run = world.run(library, ["index", photos, "-j", "1"], { started: (process) => (child = process) });
    await until(() => commits(library) >= 2);
    const [second, search] = await Promise.all([
      world.run(library, ["index", photos]),
      world.run(library, ["--json", "pizza"]),
    ]);
    expect(second).toMatchObject({ code: 2, stdout: "" });
    expect(second.stderr).toContain(`is being written by process ${child?.pid}`);
    expect(second.stderr).not.toMatch(/^\s+at /m);
    expect(search.code).toBe(0);
    expect(hitsOf(search).length).toBeGreaterThan(0);
    expect((await run).code).toBe(0);
  });

  test("vectors that are lost are encoded again, and nothing else", async () => {
    const [library, photos] = [world.directory(), world.photos(3)];
    await world.run(library, ["index", photos]);
    const before = await everything(world, library, 3);
    const store = join(library, "vectors", readdirSync(join(library, "vectors"))[0] ?? "");
    rmSync(store, { recursive: true });
    const report = indexReport(await world.run(library, ["index", "--json"]));
    expect(report).toMatchObject({ found: 3, encoded: 3, failed: 0 });
    expect(await everything(world, library, 3)).toEqual(before);
  });

  test("vectors that no photo refers to are not found, and are cleaned up by the next run", async () => {
    const [library, photos] = [world.directory(), world.photos(4)];
    await world.run(library, ["index", photos]);
    // As after a crash between the two commits: the vectors are there, the catalog has never heard of them.
    for (const name of readdirSync(library).filter((entry) => entry.startsWith("catalog.db")))
      rmSync(join(library, name));
    const report = indexReport(await world.run(library, ["index", photos, "--json"]));
    expect(report).toMatchObject({ found: 4, encoded: 4 });
    const status = JSON.parse((await world.run(library, ["status", "--json"])).stdout) as { vectors: object };
    expect(status.vectors).toMatchObject({ live: 4, deleted: 4 });
    expect(await everything(world, library, 8)).toHaveLength(3);
    expect((await everything(world, library, 8)).map((hits) => hits.length)).toEqual([4, 4, 4]);
  });
});

/** Commits of a library's vector store so far: records of its logs, as long as none is sealed. */
function commits(library: string): number {
  const vectors = join(library, "vectors");
  if (!existsSync(vectors)) return 0;
  const logs = readdirSync(vectors)
    .flatMap((store) => readdirSync(join(vectors, store)).map((name) => join(vectors, store, name)))
    .filter((path) => path.endsWith(".wal"));
  return logs.reduce((sum, path) => sum + readFileSync(path, "latin1").split("CLIPFREC").length - 1, 0);
}

async function until(condition: () => boolean): Promise<void> {
  // Waiting is the point.
  while (!condition()) await setTimeout(20);
}

/** All hits of some queries as "score name", equal scores by name. */
async function everything(world: World, library: string, total: number): Promise<string[][]> {
  const results: string[][] = [];
  for (const query of ["pizza", "a cat on a table", "people outdoors"]) {
    // Two cores.
    const hits = hitsOf(await world.run(library, ["--json", "-n", String(total), query]));
    results.push(hits.map(({ score, path }) => `${score} ${basename(path)}`).toSorted());
  }
  return results;
}
