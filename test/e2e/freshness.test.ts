import {
  copyFileSync,
  existsSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { type Run, clipfind } from "../support/clipfind.ts";
import { copyDrawings } from "../support/drawings.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";
import { hasTerminal, needsTerminal, onTerminal } from "../support/script-terminal.ts";

let library = "";
let photos = "";
beforeEach(() => {
  [library, photos] = [join(temporaryDirectory(), "library"), temporaryDirectory()];
  copyDrawings(photos, 0, 4);
});

const env = (): Record<string, string> => ({ CLIPFIND_LIBRARY: library, CLIPFIND_LOOK_FOR: "60" });
const run = (...args: string[]): Promise<Run> => clipfind(args, { cwd: photos, env: env() });
const terminal = (args: string[], prompt?: RegExp, keys?: string): Promise<{ code: number | null; output: string }> =>
  onTerminal(args, { cwd: photos, env: env(), ...(prompt && { prompt }), ...(keys !== undefined && { keys }) });
const paths = ({ stdout }: Run): string[] => stdout.split("\n").filter(Boolean).toSorted();
const pictures = (): string[] => readdirSync(photos).toSorted();
const lastRun = (): string => join(library, "last-run.json");
/** As if a run had come to its end then, and had taken so long. */
function remember(finished: number, pace: object): void {
  writeFileSync(lastRun(), JSON.stringify(pace));
  utimesSync(lastRun(), finished / 1000, finished / 1000);
}

describe("a script", () => {
  test("is never made to index: where nothing is indexed it is told how, and nothing is made", async () => {
    for (const args of [
      ["a", "cat"],
      ["--no-index", "a", "cat"],
    ]) {
      const found = await run(...args);
      expect(found).toMatchObject({ code: 2, stdout: "" });
      expect(found.stderr).toContain("clipfind index DIR");
    }
    expect(existsSync(library)).toBe(false);
  });

  test("gets what is there at once, and with --index what is new, in the folder it is in and the others", async () => {
    const first = await run("--index", "-l", "-n", "99", "a", "cat");
    expect(first).toMatchObject({ code: 0 });
    expect(paths(first)).toEqual(pictures());
    expect(first.stderr).toContain("4 photos found, 0 unchanged, 4 encoded");
    copyDrawings(photos, 4, 6);
    expect(paths(await run("-l", "-n", "99", "a", "cat"))).toHaveLength(4);
    expect(paths(await run("--index", "-l", "-n", "99", "a", "cat"))).toEqual(pictures());

    const elsewhere = temporaryDirectory();
    copyDrawings(elsewhere, 6, 7);
    copyDrawings(photos, 7, 8);
    const both = await clipfind(["--index", "-l", "-n", "99", "a", "cat"], { cwd: elsewhere, env: env() });
    expect(both).toMatchObject({ code: 0 });
    expect(paths(both)).toHaveLength(8);
  });

  test("has photos indexed before its search as settings say it", async () => {
    const small = { cwd: photos, env: { ...env(), CLIPFIND_MAX_MEGAPIXELS: "0.001" } };
    const found = await clipfind(["--index", "-l", "a", "cat"], small);
    expect(found).toMatchObject({ code: 1, stdout: "" });
    expect(found.stderr).toContain("4 photos found, 0 unchanged, 0 encoded");
    expect(found.stderr).toContain("4 failed");
  });

  test("is told the age with --verbose, which looks at no folder", async () => {
    await run("index", ".");
    const record = JSON.parse(readFileSync(lastRun(), "utf8")) as object;
    remember(Date.now() - 3 * 86_400_000 - 5000, record);
    copyDrawings(photos, 4, 5);
    const told = await run("--verbose", "-l", "a", "cat");
    expect(told.stderr).toContain("clipfind: the index is 3 days old: `clipfind index` brings it up to date\n");
    expect(paths(told)).toHaveLength(4);
    // A run brings the age back, though it is the same minute for a run that finds nothing.
    await run("index");
    expect((await run("--verbose", "-l", "a", "cat")).stderr).toContain("the index is less than a minute old");
  });
});

describe.skipIf(!hasTerminal)(needsTerminal("a person"), () => {
  const question = /Index \d+ photos in .*\? \[Y\/n\]/;

  test("is asked where nothing is indexed, and gets the hits after a yes", async () => {
    const no = await terminal(["a", "cat"], question, "n\n");
    expect(no.code).toBe(2);
    expect(no.output).toContain(`Index 4 photos in ${photos}? [Y/n]`);
    expect(existsSync(library)).toBe(false);
    const stopped = await terminal(["a", "cat"], question, "\u0003");
    expect(stopped.code).toBe(130);
    expect(existsSync(library)).toBe(false);
    const yes = await terminal(["a", "cat"], question, "\n");
    expect(yes.code).toBe(0);
    expect(yes.output).toContain("4 photos found, 0 unchanged, 4 encoded");
    expect(yes.output).toMatch(/\n4 photos.*; query encoded in/);
    expect(yes.output.match(/using the mini model/g)).toHaveLength(1);
  });

  test("is not asked with --no-index, or where there are no photos", async () => {
    expect(await terminal(["--no-index", "a", "cat"])).toMatchObject({ code: 2 });
    for (const name of pictures()) rmSync(join(photos, name));
    const empty = await terminal(["a", "cat"]);
    expect(empty.code).toBe(2);
    expect(empty.output).not.toContain("[Y/n]");
  });

  test("gets renamed and copied photos at once; is told of many new ones, and gets the others meanwhile", async () => {
    await run("index", ".");
    const [one, two] = pictures() as [string, string];
    renameSync(join(photos, one), join(photos, "renamed.jpg"));
    copyFileSync(join(photos, two), join(photos, "copied.jpg"));
    const quick = await terminal(["-l", "-n", "99", "a", "cat"]);
    expect(quick).toMatchObject({ code: 0 });
    expect(quick.output).toContain("renamed.jpg");
    expect(quick.output).not.toContain("not in the index yet");
    expect(JSON.parse((await run("status", "--json")).stdout)).toMatchObject({ files: { present: 5, missing: 1 } });

    // A model as slow as a large one: by what the last run took.
    remember(Date.now(), { scanMs: 5, startMs: 90_000, photoMs: 200 });
    copyDrawings(photos, 10, 12);
    const slow = await terminal(["-l", "-n", "99", "a", "cat"]);
    expect(slow).toMatchObject({ code: 0 });
    expect(slow.output).toContain(
      "clipfind: 2 new or changed photos are not in the index yet: `clipfind index` takes them in\n",
    );
    expect(JSON.parse((await run("status", "--json")).stdout)).toMatchObject({ files: { present: 5 } });
    // The same, where looking takes longer than it may.
    remember(Date.now() - 7_300_000, { scanMs: 70_000, startMs: 9, photoMs: 9 });
    expect((await terminal(["-l", "a", "cat"])).output).toContain("clipfind: the index is 2 hours old: ");
    expect((await terminal(["--no-index", "-l", "a", "cat"])).output).not.toContain("clipfind index");
  });

  test("gets a few new photos when the model is quick, and nothing is looked for while the folder is watched", async () => {
    await run("index", ".");
    // As fast as any.
    const fast = { scanMs: 5, startMs: 10, photoMs: 1 };
    remember(Date.now() - 7_300_000, fast);
    copyDrawings(photos, 10, 11);
    const mark = join(library, "watching.json");
    writeFileSync(mark, JSON.stringify([photos]));
    const watched = await terminal(["-l", "-n", "99", "a", "cat"]);
    expect(watched.output.match(/\.jpg$/gm)).toHaveLength(4);
    expect(watched.output).not.toContain("clipfind index");
    // Whoever watched was killed.
    utimesSync(mark, new Date(), new Date(Date.now() - 120_000));
    expect((await terminal(["-l", "-n", "99", "a", "cat"])).output.match(/\.jpg$/gm)).toHaveLength(5);
    expect(statSync(lastRun()).mtimeMs).toBeGreaterThan(Date.now() - 60_000);
  });
});
