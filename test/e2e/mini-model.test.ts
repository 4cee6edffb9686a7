import { existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Library } from "@clipfind/core";
import { directory as pictures } from "@clipfind/demo-photos";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Run, clipfind } from "../support/clipfind.ts";
import { hitsOf, indexReport } from "../support/world.ts";

/** What a picture of the demo shows, as packages/demo-photos/pictures.json says. */
interface Picture {
  readonly file: string;
  readonly scene: {
    readonly background: string;
    readonly relation?: string;
    readonly groups: readonly { readonly object: string; readonly colour?: string; readonly count: number }[];
  };
}

const sceneAt = (path: string): Picture["scene"] | undefined =>
  list.find((picture) => join(pictures, picture.file) === path)?.scene;

const list = JSON.parse(readFileSync(join(pictures, "../pictures.json"), "utf8")) as Picture[];

// These need nothing but the repository: pictures and model ship with it. No environment names a model.
describe("the mini model on the demo's pictures", () => {
  let base = "";
  const run = (args: readonly string[], cwd = base): Promise<Run> =>
    clipfind(args, {
      cwd,
      env: { HOME: base, XDG_CACHE_HOME: join(base, "cache"), XDG_DATA_HOME: join(base, "data") },
    });
  const show = async (query: string, count: number): Promise<(Picture["scene"] | undefined)[]> =>
    hitsOf(await run([query, "--json", "-n", String(count)])).map((hit) => sceneAt(hit.path));
  let indexed: Run;
  beforeAll(async () => {
    base = realpathSync(mkdtempSync(join(tmpdir(), "clipfind-mini-")));
    indexed = await run(["index", join(pictures, "first"), "--json"]);
  });
  afterAll(() => rmSync(base, { recursive: true, force: true }));

  test("indexing without a model uses it and says what it cannot do; copies are known, the broken file is told", () => {
    const mini = "using the mini model that ships with clipfind: it knows drawings, not photographs";
    expect(indexed.stderr).toContain(`clipfind: ${mini}\nFor photographs get a CLIP model: \`clipfind models pull\``);
    expect(indexed.stderr).toContain("damaged.jpg: Expected a picture of a format that is read");
    expect(indexReport(indexed)).toMatchObject({ found: 243, encoded: 240, reused: 2, failed: 1 });
    expect(indexed.code).toBe(1);
  });

  test.each([
    ["a red car at night", 3, "car", "red", "night"],
    // Other words for the same thing.
    ["blue automobile in the dark", 2, "car", "blue", "night"],
    ["a red car on a sunny day", 3, "car", "red", "day"],
    ["a yellow boat on the beach", 3, "boat", "yellow", "beach"],
  ])("%s: the first %i are all that and nothing else", async (query, count, object, colour, background) => {
    const found = await show(query, count);
    const seen = found.map((scene) => [scene?.groups[0]?.object, scene?.groups[0]?.colour, scene?.background]);
    expect(seen).toEqual(Array.from({ length: count }, () => [object, colour, background]));
  });

  test("a kitten behind a corner: the six of them come first", async () => {
    const found = await show("a kitten behind a corner", 6);
    const seen = found.map((scene) => [scene?.groups[0]?.object, scene?.relation]);
    expect(seen).toEqual(Array.from({ length: 6 }, () => ["kitten", "behind-corner"]));
  });

  test.each([
    ["three red balloons", { object: "balloon", colour: "red", count: 3 }, undefined],
    ["a cat under a table", { object: "cat", count: 1 }, "under"],
  ])("%s: numbers and relations count, the first two are right", async (query, group, relation) => {
    for (const scene of await show(query, 2)) {
      expect(scene?.groups[0]).toMatchObject(group);
      expect(scene?.relation).toBe(relation);
    }
  });

  test("a kind of thing that is asked for by its name alone comes first, for nearly all kinds there are", async () => {
    const kinds = [...new Set(list.flatMap(({ scene }) => scene.groups.map(({ object }) => object)))];
    const wrong: string[] = [];
    await using library = Library.open(join(base, "data/clipfind"));
    for (const kind of kinds) {
      const { hits } = await library.search(`a ${kind}`, { limit: 1 });
      const [scene] = hits.map((hit) => sceneAt(hit.path));
      if (scene?.groups.every(({ object }) => object !== kind) ?? true) wrong.push(kind);
    }
    expect(kinds.length).toBeGreaterThan(50);
    expect(wrong.length).toBeLessThan(kinds.length / 10);
  });

  test("most objects in a colour on a background, never trained on together, are among the first ten", async () => {
    const queries = new Map(
      list
        .filter(({ scene }) => scene.groups.length === 1 && scene.relation === undefined && scene.groups[0]?.colour)
        .map(({ scene }) => [`${scene.groups[0]?.colour} ${scene.groups[0]?.object}, ${scene.background}`, scene]),
    );
    const asked = [...queries].slice(0, 25);
    let right = 0;
    await using library = Library.open(join(base, "data/clipfind"));
    for (const [query, wanted] of asked) {
      const { hits } = await library.search(query, { limit: 10 });
      const found = hits.map((hit) => sceneAt(hit.path));
      const [group] = wanted.groups;
      const isWanted = (scene: Picture["scene"] | undefined): boolean =>
        scene?.background === wanted.background &&
        scene.groups.some(({ object, colour }) => object === group?.object && colour === group?.colour);
      if (found.some(isWanted)) right++;
    }
    expect(asked.length).toBe(25);
    expect(right).toBeGreaterThanOrEqual(24);
  });

  test("similar finds other drawings of the same thing", async () => {
    const boat = list.find(({ scene }) => scene.groups[0]?.object === "boat" && scene.background === "beach");
    const hits = hitsOf(await run(["similar", join(pictures, boat?.file ?? ""), "--json", "-n", "2"]));
    expect(hits.map((hit) => sceneAt(hit.path)?.groups[0]?.object)).toEqual(["boat", "boat"]);
  });

  test("clipfind demo runs to its end from anywhere, twice, and leaves a folder in which clipfind just works", async () => {
    const elsewhere = join(base, "elsewhere");
    mkdirSync(elsewhere);
    const folder = join(base, "cache/clipfind/demo");
    for (let time = 0; time < 2; time++) {
      const demo = await run(["demo"], elsewhere);
      expect(demo).toMatchObject({ code: 0, stderr: "" });
      expect(demo.stdout).toMatch(/243 pictures: 240 encoded, 2 known by content, in /);
      expect(demo.stdout).toMatch(/243 pictures: 0 encoded, 1 known by content, in /);
      expect(demo.stdout).toMatch(/303 pictures: 60 encoded, 0 known by content, in /);
      expect(demo.stdout).toContain("my favourite boat.jpg\n");
    }
    expect(existsSync(join(folder, ".clipfind/catalog.db"))).toBe(true);
    const search = await run(["-n", "1", "a red car at night"], folder);
    expect(search).toMatchObject({ code: 0, stderr: "" });
    expect(search.stdout).toMatch(/^ 0\.\d{3} {2}\S.*\.jpg.*\n$/);
  });

  test("the demo does not touch a folder that is not its own", async () => {
    const demo = await run(["demo", "--directory", pictures]);
    expect(demo).toMatchObject({ code: 2 });
    expect(demo.stderr).toContain(`Expected an empty folder for the demo, but ${pictures} is in use`);
    expect(existsSync(join(pictures, "first"))).toBe(true);
  });
});
