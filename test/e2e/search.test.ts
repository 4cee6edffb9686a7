import { writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { needsShared, shared } from "../support/shared.ts";
import { captionedPhotos, hitsOf, useWorld } from "../support/world.ts";

describe.skipIf(shared === undefined)(needsShared("clipfind QUERY"), () => {
  const world = useWorld();
  let library = "";
  let photos = "";
  beforeAll(async () => {
    ({ library, photos } = await world.indexed());
  });

  // What a person would accept, by the captions that people wrote for the photo. Stand-in model.
  test.each([
    [["pizza"], 1, /pizza/i],
    [["an", "elephant"], 1, /elephant/i],
    [["a cat"], 1, /\bcat\b|kitten/i],
    [["a laptop on a desk"], 1, /laptop|computer/i],
    [["horses", "on", "a", "hill"], 1, /horse/i],
    // The stand-in knows no beaches: people are what it finds, as it does in the plain computation of recall.test.ts.
    [["people", "on", "a", "beach"], 1, /people|person|man|woman|kid/i],
  ])("%j finds it among the first %i", async (words, first, expected) => {
    const run = await world.run(library, ["--json", "-n", String(first), ...words]);
    const captions = new Map(captionedPhotos().map((photo) => [photo.file, photo.captions.join("\n")]));
    const found = hitsOf(run).map((hit) => captions.get(basename(hit.path)));
    expect(run.code).toBe(0);
    expect(found).toHaveLength(first);
    expect(found.filter((text) => expected.test(text ?? ""))).not.toEqual([]);
  });

  test("prints score and path, relative below the working directory, absolute elsewhere", async () => {
    const [inside, outside] = await Promise.all([
      world.run(library, ["-n", "2", "pizza"], { cwd: photos }),
      world.run(library, ["-n", "2", "pizza"], { cwd: "/" }),
    ]);
    const hits = hitsOf(await world.run(library, ["-n", "2", "--json", "pizza"]));
    const lines = (prefix: (path: string) => string): string =>
      hits.map((hit) => ` ${hit.score.toFixed(3)}  ${prefix(hit.path)}\n`).join("");
    expect(inside).toEqual({ code: 0, signal: null, stderr: "", stdout: lines((path) => basename(path)) });
    expect(outside.stdout).toBe(lines((path) => path.slice(1)));
  });

  test("search WORDS is the same as WORDS, and reaches queries that begin with a command's name", async () => {
    const [plain, named, index] = await Promise.all([
      world.run(library, ["pizza"]),
      world.run(library, ["search", "pizza"]),
      world.run(library, ["search", "index", "cards"]),
    ]);
    expect(named).toEqual(plain);
    expect(index.code).toBe(0);
  });

  test("--json is one document with all that a program needs", async () => {
    const run = await world.run(library, ["--json", "-n", "1", "pizza"]);
    const document: unknown = JSON.parse(run.stdout);
    expect(document).toEqual({
      version: 1,
      query: "pizza",
      library,
      truncated: false,
      warnings: [],
      notes: [],
      timings: { encodeMs: expect.any(Number), searchMs: expect.any(Number) },
      cutoff: 0.5,
      strong: expect.any(Number),
      weaker: expect.any(Number),
      hits: [
        {
          rank: 1,
          score: expect.any(Number),
          confidence: expect.any(Number),
          path: expect.stringContaining(photos),
          copies: [],
        },
      ],
    });
  });

  test("--cutoff leaves out what is below it, and says so where nothing is left", async () => {
    const [all, auto, strict, wrong] = await Promise.all([
      world.run(library, ["--json", "-n", "51", "pizza"]),
      world.run(library, ["--cutoff", "auto", "-n", "50", "pizza"]),
      world.run(library, ["--cutoff", "1", "pizza"]),
      world.run(library, ["--cutoff", "2", "pizza"]),
    ]);
    expect(auto).toMatchObject({ code: 0 });
    const { strong, weaker } = JSON.parse(all.stdout) as { strong: number; weaker: number };
    expect(strong + weaker).toBe(51);
    expect(strong).toBeGreaterThanOrEqual(1);
    expect(strong).toBeLessThan(10);
    expect(auto.stdout.trim().split("\n")).toHaveLength(strong);
    expect(strict).toMatchObject({ code: 1, stdout: "" });
    expect(strict.stderr).toContain("no photo reaches the cut-off; --cutoff none shows the best");
    expect(wrong).toMatchObject({ code: 2, stdout: "" });
    expect(wrong.stderr).toContain("--cutoff");
  });

  test("--files, --print0 and --jsonl print the same photos, one form at a time", async () => {
    const [json, files, print0, jsonl, outside, both] = await Promise.all([
      world.run(library, ["--json", "-n", "3", "pizza"], { cwd: photos }),
      world.run(library, ["-l", "-n", "3", "pizza"], { cwd: photos }),
      world.run(library, ["-0", "-n", "3", "pizza"], { cwd: photos }),
      world.run(library, ["--jsonl", "-n", "3", "pizza"], { cwd: photos }),
      world.run(library, ["--files", "-n", "3", "pizza"], { cwd: world.directory() }),
      world.run(library, ["-l", "--json", "pizza"], { cwd: photos }),
    ]);
    const hits = hitsOf(json);
    expect(files).toEqual({
      code: 0,
      signal: null,
      stderr: "",
      stdout: hits.map(({ path }) => `${basename(path)}\n`).join(""),
    });
    expect(print0.stdout).toBe(hits.map(({ path }) => `${basename(path)}\0`).join(""));
    expect(
      jsonl.stdout
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line) as unknown),
    ).toEqual(hits);
    expect(outside.stdout).toBe(hits.map(({ path }) => `${path}\n`).join(""));
    expect(both).toMatchObject({ code: 2, stdout: "" });
    expect(both.stderr).toContain("Expected one form of output, found --json and --files");
  });

  test("signs, weights and filters are words of the line, filters are options too", async () => {
    const line = ["--json", "-n", "50", "pizza", "-", "0.5:a cat", "+", "table"];
    const [inLine, byOptions, negated, none] = await Promise.all([
      world.run(library, [...line, "in:.", "ext:jpg"], { cwd: photos }),
      world.run(library, [...line, "--in", ".", "--ext", "jpg"], { cwd: photos }),
      world.run(library, [...line, "-ext:png"], { cwd: photos }),
      world.run(library, ["pizza", "-ext:jpg"], { cwd: photos }),
    ]);
    expect(hitsOf(inLine)).toHaveLength(50);
    expect(hitsOf(byOptions)).toEqual(hitsOf(inLine));
    expect(hitsOf(negated)).toEqual(hitsOf(inLine));
    expect(none).toMatchObject({ code: 1, stdout: "" });
  });

  test("filters alone list photos, without scores", async () => {
    const run = await world.run(library, ["--json", "-n", "3", "--ext", "jpg"]);
    expect(run.code).toBe(0);
    expect(hitsOf(run).map((hit) => hit.score)).toEqual([undefined, undefined, undefined]);
  });

  test("a limit beyond the library returns every photo once", async () => {
    const hits = hitsOf(await world.run(library, ["--json", "-n", "5000", "pizza"]));
    expect(new Set(hits.map((hit) => hit.path)).size).toBe(51);
    expect(hits.map((hit) => hit.score)).toEqual(hits.map((hit) => hit.score).toSorted((a, b) => b - a));
  });

  test("a query of 500 words is answered from its beginning, and says so", async () => {
    const words = Array.from({ length: 500 }, (_, index) => (index % 2 === 0 ? "pizza" : "table"));
    const run = await world.run(library, words);
    expect(run.code).toBe(0);
    expect(run.stdout.split("\n")).toHaveLength(11);
    expect(run.stderr).toBe("clipfind: the query is longer than the model reads; only its beginning counted\n");
  });

  test.each([
    ["an empty query", [""], "Expected words that say what to look for, found an empty query"],
    ["a query of blanks", [" ", "\t"], "Expected words that say what to look for, found an empty query"],
    ["a sign at the end", ["pizza", "-"], "after the sign\n  pizza -\n        ^\n"],
    ["a date that is none", ["pizza", "--on", "someday"], "Expected dates such as"],
    ["a limit of nothing", ["-n", "0", "pizza"], "Invalid value"],
    ["a limit that is no number", ["-n", "many", "pizza"], "Invalid value"],
    ["an unknown option", ["--frobnicate", "pizza"], "clipfind has no option --frobnicate"],
  ])("%s is a usage error: one clear sentence, exit 2, nothing on stdout", async (_, args, message) => {
    const run = await world.run(library, args);
    expect(run).toMatchObject({ code: 2, stdout: "" });
    expect(run.stderr).toContain(message);
    expect(run.stderr).not.toMatch(/^\s+at /m);
  });

  test("without a library it says how to make one", async () => {
    const run = await world.run(join(world.directory(), "nothing"), ["pizza"]);
    expect(run).toMatchObject({ code: 2, stdout: "" });
    expect(run.stderr).toMatch(/There is no library in .*nothing yet\nMake one with `clipfind index/);
  });

  test("a model that has moved is named, with the way out", async () => {
    const run = await world.run(library, ["pizza"], { env: { CLIPFIND_MODEL: join(world.directory(), "moved") } });
    expect(run).toMatchObject({ code: 2, stdout: "" });
    expect(run.stderr).toContain("moved");
    expect(run.stderr).not.toMatch(/^\s+at /m);
  });

  test("a catalog that is not SQLite is reported and left as it is", async () => {
    const broken = world.directory();
    writeFileSync(join(broken, "catalog.db"), "this is no database, it is a text file of some length. ".repeat(40));
    const runs = [await world.run(broken, ["pizza"]), await world.run(broken, ["index", photos])];
    for (const run of runs) {
      expect(run).toMatchObject({ code: 2, stdout: "" });
      expect(run.stderr).toMatch(/^clipfind: The catalog .*catalog\.db is damaged: .*\nNothing was changed\./);
    }
  });
});
