import { appendFileSync, copyFileSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { describe, expect, test } from "vitest";
import type { Run } from "../support/clipfind.ts";
import { flip, newest, records, storeOf } from "../support/damage.ts";
import { copyDrawings } from "../support/drawings.ts";
import { useWorld } from "../support/world.ts";

// With the mini model: these need nothing but the repository.
const world = useWorld();
const run = (library: string, args: readonly string[]): Promise<Run> =>
  world.run(library, args, { env: { CLIPFIND_MODEL: "" } });

const mini =
  "clipfind: using the mini model that ships with clipfind: it knows drawings, not photographs\n" +
  "For photographs get a CLIP model: `clipfind models pull`, then index with --model (docs/models.md).\n";

/** A library of six drawings in three records of a log, and its answers to some queries. */
async function indexed(): Promise<{ library: string; photos: string; answers: Run[] }> {
  const [library, photos] = [world.directory(), world.directory()];
  for (const from of [0, 2, 4]) {
    copyDrawings(photos, from, from + 2);
    expect((await run(library, ["index", photos])).code).toBe(0);
  }
  return { library, photos, answers: await answersOf(library) };
}

async function answersOf(library: string): Promise<Run[]> {
  const runs = [];
  for (const query of ["a red car at night", "a kitten behind a corner"])
    runs.push(await run(library, ["-n", "9", query]));
  return runs;
}

/** Damages a row in the middle record of the log, which then loses one of its two vectors. Returns the log. */
function damage(library: string): string {
  const log = newest(library, /\.wal$/);
  flip(log, (records(log)[2] as number) - 100);
  return log;
}

/** `text` with the place of the store left out. */
function short(library: string, text: string): string {
  return text.replaceAll(storeOf(library), "STORE");
}

describe("an index that is sound", () => {
  test("verify and repair say so, and change nothing", async () => {
    const { library, answers } = await indexed();
    const well = { code: 0, signal: null, stderr: "" };
    expect(await run(library, ["verify"])).toEqual({ ...well, stdout: "6 vectors in 2 files checked, all well\n" });
    expect(await run(library, ["repair"])).toEqual({
      ...well,
      stdout: "nothing was damaged: 6 vectors kept, none lost\n",
    });
    expect(await answersOf(library)).toEqual(answers);
    const documents = [await run(library, ["verify", "--json"]), await run(library, ["repair", "--json"])];
    expect(documents.map(({ stdout }) => JSON.parse(stdout) as unknown)).toEqual([
      {
        version: 1,
        library,
        sound: true,
        vectors: 6,
        files: 2,
        damage: [],
        notes: [],
        photosWithoutVector: 0,
        vectorsWithoutPhoto: 0,
      },
      { version: 1, library, kept: 6, lost: 0, damage: [], renamed: [] },
    ]);
  });

  test("verify finds it sound while another process indexes", async () => {
    const { library, photos } = await indexed();
    copyDrawings(photos, 6, 40);
    for (const name of readdirSync(photos)) {
      copyFileSync(join(photos, name), join(photos, `b-${name}`));
      appendFileSync(join(photos, `b-${name}`), "b");
    }
    const indexer = { isRunning: true };
    const indexing = run(library, ["index", "-j", "1"]).finally(() => (indexer.isRunning = false));
    const found: Run[] = [];
    while (indexer.isRunning) found.push(await run(library, ["verify"]));
    expect((await indexing).code).toBe(0);
    expect(found.length).toBeGreaterThan(1);
    for (const { code, stdout, stderr } of found) {
      expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
      expect(stdout).toMatch(/\d+ vectors in \d+ files checked, all well\n$/);
    }
    expect((await run(library, ["verify"])).stdout).toBe("80 vectors in 2 files checked, all well\n");
  });

  test("--shards divides it anew, and all answers are as before", async () => {
    const { library, answers } = await indexed();
    const divided = await run(library, ["index", "--shards", "3", "--json"]);
    expect(divided).toMatchObject({
      code: 0,
      stderr: `${mini}clipfind: the vectors, which were in 1 shard, are now in 3\n`,
    });
    expect(JSON.parse(divided.stdout)).toMatchObject({
      repaired: null,
      resharded: { from: 1, to: 3 },
      unchanged: 6,
    });
    expect((await run(library, ["status"])).stdout).toContain("6 vectors in 3 shards");
    expect(await answersOf(library)).toEqual(answers);
  });
});

describe("an index that is damaged", () => {
  test("is searched with a warning and repaired by the next index run, after which all is as before", async () => {
    const { library, answers } = await indexed();
    const log = damage(library);

    const search = await run(library, ["-n", "9", "a red car at night"]);
    expect(search.code).toBe(0);
    expect(search.stdout.trimEnd().split("\n")).toHaveLength(4);
    expect(short(library, search.stderr)).toMatch(
      /^.*\n.*\nclipfind: STORE\/log-\d+\.wal: .*\nclipfind: photos may not be found until `clipfind index` has repaired the index\n$/,
    );

    const again = await run(library, ["index", "--json"]);
    expect(again.code).toBe(0);
    expect(again.stderr).toBe(
      `${mini}clipfind: the index was damaged: 5 vectors kept, 1 lost and encoded again from the photos; ` +
        `damaged files are kept as ${log}.damaged\n`,
    );
    expect(JSON.parse(again.stdout)).toMatchObject({
      repaired: {
        path: storeOf(library),
        kept: 5,
        lost: 1,
        damage: [{ path: log, what: expect.any(String) }],
        renamed: [`${log}.damaged`],
      },
      resharded: null,
      found: 6,
      unchanged: 5,
      encoded: 1,
    });
    expect(await answersOf(library)).toEqual(answers);
    expect((await run(library, ["verify"])).code).toBe(0);
  });

  test("verify tells what is damaged, repair keeps the rest, index encodes what is lost", async () => {
    const { library, answers } = await indexed();
    const log = damage(library);

    const verified = await run(library, ["verify"]);
    expect(verified).toMatchObject({
      code: 1,
      stderr: "Run `clipfind repair`, then `clipfind index`: it encodes what is lost again from the photos.\n",
    });
    expect(short(library, verified.stdout)).toMatch(
      /^STORE\/log-\d+\.wal: .*\n2 photos without a vector: no search finds them\n\d vectors in 2 files checked, damage found\n$/,
    );

    const repaired = await run(library, ["repair"]);
    expect(repaired).toMatchObject({
      code: 0,
      stderr: "Run `clipfind index`: it encodes what is lost again from the photos.\n",
    });
    expect(short(library, repaired.stdout)).toMatch(
      /^STORE\/log-\d+\.wal.*\nkept as STORE\/log-\d+\.wal\.damaged\nrepaired: 5 vectors kept, 1 lost\n$/,
    );
    expect(readdirSync(storeOf(library))).toContain(`${basename(log)}.damaged`);

    const without = await run(library, ["verify"]);
    expect(without).toMatchObject({
      code: 1,
      stderr: "Run `clipfind index`: it encodes them again from the photos.\n",
    });
    expect(without.stdout).toContain("1 photo without a vector: no search finds them\n");
    expect((await run(library, ["index"])).stdout).toContain("6 photos found, 5 unchanged, 1 encoded");
    expect(await answersOf(library)).toEqual(answers);
  });

  test("a catalog with damaged pages is told by verify, with the way out", async () => {
    const { library } = await indexed();
    const catalog = join(library, "catalog.db");
    const bytes = readFileSync(catalog);
    bytes.fill(0xa5, bytes.length - 4096);
    writeFileSync(catalog, bytes);
    const verified = await run(library, ["verify"]);
    expect(verified).toMatchObject({
      code: 1,
      stderr:
        "Restore catalog.db from a backup, or move it aside and run `clipfind index` with your folders; your photos are " +
        "not affected.\n",
    });
    expect(verified.stdout).toContain(`${catalog}: `);
  });
});

describe("without an index", () => {
  test.each(["verify", "repair"])("%s says how to make one", async (command) => {
    const none = join(world.directory(), "none");
    const missing = await run(none, [command]);
    expect(missing).toMatchObject({ code: 2, stdout: "" });
    expect(missing.stderr).toMatch(/^clipfind: There is no library in .*none yet\nMake one with `clipfind index/);
  });

  test("one that was never written has nothing to check and nothing to repair", async () => {
    const library = world.directory();
    expect((await run(library, ["index"])).code).toBe(2);
    expect(await run(library, ["verify"])).toEqual({
      code: 0,
      signal: null,
      stdout: "0 vectors in 0 files checked, all well\n",
      stderr: "",
    });
    const repaired = await run(library, ["repair"]);
    expect(repaired).toMatchObject({ code: 2, stdout: "" });
    expect(repaired.stderr).toMatch(/^clipfind: Nothing is indexed in .* yet\nIndex some photos first/);
  });
});
