import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { pathToFileURL } from "node:url";
import Database from "better-sqlite3";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { copyDrawings } from "../../../../test/support/drawings.ts";
import { start } from "../../../../test/support/hub-server.ts";
import { temporaryDirectory } from "../../../../test/support/temporary-directory.ts";
import { Library } from "../../src/index.ts";

// One library of twelve drawings for all tests: six in a/, six in "b c/", one of a/ copied to b c/copy.jpg.
let base = "";
let names: string[] = [];
beforeAll(async () => {
  base = realpathSync(mkdtempSync(join(tmpdir(), "clipfind-search-")));
  copyDrawings(join(base, "photos/a"), 0, 6);
  copyDrawings(join(base, "photos/b c"), 6, 12);
  names = readdirSync(join(base, "photos/a")).toSorted();
  copyFileSync(join(base, "photos/a", names[0]!), join(base, "photos/b c/copy.jpg"));
  await using library = Library.open(join(base, "library"));
  for await (const event of library.index([join(base, "photos")])) expect(event.type).not.toBe("problem");
}, 120_000);

afterAll(() => rmSync(base, { recursive: true, force: true }));

const cwd = (): string => join(base, "photos");
async function search(
  query: string | readonly string[],
  options: { limit?: number; filters?: string[] } = {},
): Promise<{ paths: string[]; scores: (number | undefined)[]; notes: readonly string[] }> {
  await using library = Library.open(join(base, "library"));
  const { hits, notes } = await library.search(query, { limit: 100, cwd: cwd(), ...options });
  return { paths: hits.map(({ path }) => path.slice(cwd().length + 1)), scores: hits.map(({ score }) => score), notes };
}

test("in: is a folder as seen from here; a hit's path is the one in that folder", async () => {
  const [a, b] = [await search("a car in:a"), await search(["a", "car", "in:b c"])];
  expect(a.paths.map((path) => path.split("/")[0])).toEqual(Array.from({ length: 6 }, () => "a"));
  expect(b.paths.map((path) => path.split("/")[0])).toEqual(Array.from({ length: 7 }, () => "b c"));
  expect(b.paths).toContain("b c/copy.jpg");
  expect((await search("a car -in:a")).paths.toSorted()).toEqual(b.paths.toSorted());
  expect((await search("a car in:nowhere")).paths).toEqual([]);
  expect((await search("a car in:a", { filters: ["in:b c"] })).paths).toHaveLength(12);
});

test("a filter leaves the scores of what it allows as they are, and is applied before the limit", async () => {
  const all = await search("a red car");
  const some = await search("a red car in:a");
  const expected = all.paths
    .map((path, at) => [path, all.scores[at]] as const)
    .filter(([path]) => path.startsWith("a/"));
  expect(some.paths.map((path, at) => [path, some.scores[at]])).toEqual(expected);
  expect((await search("a red car in:a", { limit: 2 })).paths).toEqual(some.paths.slice(0, 2));
});

test.each<[string, number]>([
  ["dup:yes", 1],
  ["dup:no", 11],
  ["ext:jpg", 12],
  ["ext:.JPG,png", 12],
  ["NOT ext:jpg", 0],
  ["type:jpg", 12],
  ["type:png", 0],
  ["name:copy", 1],
  ["name:COPY.*", 1],
  ["name:dsc_*.jpg -name:copy", 0],
  ["size:>1", 12],
  ["size:..1kB", 0],
  ["width:>=1 height:1..100000", 12],
  ["-width:>=1", 0],
  ["has:gps", 3],
  ["-has:gps", 9],
])("%s alone lists %i photos, without scores", async (query, count) => {
  const { paths, scores } = await search(query);
  expect(paths).toHaveLength(count);
  expect(scores.filter((score) => score !== undefined)).toEqual([]);
});

test("filters on what no photo has find nothing, those turned round everything; nothing is left to say", async () => {
  expect(await search("a car camera:canon tag:x ext:png")).toEqual({ paths: [], scores: [], notes: [] });
  expect(await search("a car -on:1999")).toEqual(await search("a car"));
});

test("a cut-off where there are no confidences cuts nothing off, and says so", async () => {
  await using library = Library.open(join(base, "library"));
  const all = await library.search("a car in:.", { limit: 100, cwd: cwd() });
  const cut = await library.search("a car in:.", { limit: 100, cwd: cwd(), cutoff: 0.9 });
  expect(all.notes).toEqual([]);
  expect(cut.hits).toEqual(all.hits);
  expect(cut.notes).toEqual([
    "confidences are told of one text over a whole, calibrated library only: nothing was cut off",
  ]);
});

test("metadata: dates, places, cameras, keywords and ratings; the newest first, those without a date last", async () => {
  const directory = temporaryDirectory();
  copyDrawings(join(directory, "photos"), 0, 4);
  await using library = Library.open(join(directory, "library"));
  for await (const event of library.index([join(directory, "photos")])) expect(event.type).not.toBe("problem");
  const db = new Database(join(directory, "library/catalog.db"));
  onTestFinished(() => void db.close());
  db.exec("DELETE FROM metadata; DELETE FROM keywords;");
  const ids = db.prepare<[], number>("SELECT id FROM contents ORDER BY id").pluck().all();
  const put = db.prepare(
    "INSERT INTO metadata (content_id, taken, latitude, longitude, camera, rating) VALUES (?, ?, ?, ?, ?, ?)",
  );
  put.run(ids[0], Date.UTC(2023, 11, 25, 12), 48.8566, 2.3522, "Canon EOS R5", 5);
  put.run(ids[1], Date.UTC(1969, 11, 25, 23, 59), 48.9, 2.35, "NIKON D850", 2);
  put.run(ids[2], Date.UTC(2024, 0, 1), 0, 179.999, null, null);
  db.prepare("INSERT INTO keywords VALUES (?, ?)").run(ids[0], "New York");
  const paths = new Map<string, number>();
  for (const id of ids) {
    const row = db.prepare<[unknown], { name: Buffer }>("SELECT name FROM files WHERE content_id = ?").get(id);
    paths.set(row!.name.toString(), ids.indexOf(id));
  }
  const found = async (query: string): Promise<(number | undefined)[]> =>
    (await library.search(query)).hits.map(({ path }) => paths.get(basename(path)));

  expect(await found("ext:jpg")).toEqual([2, 0, 1, 3]);
  expect(await found("on:*-12-25")).toEqual([0, 1]);
  expect(await found("on:*-12-25..*-01-02")).toEqual([2, 0, 1]);
  expect(await found("on:2023")).toEqual([0]);
  expect(await found("after:2024")).toEqual([2]);
  expect(await found("before:2024")).toEqual([0, 1]);
  expect(await found("before:1970")).toEqual([1]);
  expect(await found("on:..2023 on:2024-01-01")).toEqual([2, 0, 1]);
  expect(await found("-after:2024")).toEqual([0, 1, 3]);
  expect(await found("near:48.8566,2.3522,1km")).toEqual([0]);
  expect(await found("near:48.8566,2.3522,5km")).toEqual([0, 1]);
  expect(await found("near:0,-179.999,1km")).toEqual([2]);
  expect(await found("camera:canon")).toEqual([0]);
  expect(await found("camera:canon camera:nikon*")).toEqual([0, 1]);
  expect(await found('tag:"new york"')).toEqual([0]);
  expect(await found("-tag:new*")).toEqual([2, 1, 3]);
  expect(await found("rating:>=3")).toEqual([0]);
  expect(await found("NOT has:date")).toEqual([3]);
});

test("score: keeps what reaches it, and with - what does not", async () => {
  const { scores } = await search("a red car");
  const between = (scores[4]! + scores[5]!) / 2;
  expect((await search(`a red car score:>=${between}`)).scores).toEqual(scores.slice(0, 5));
  expect((await search(`a red car NOT score:>${between}`)).scores).toEqual(scores.slice(5));
  expect((await search(`a red car score:<${between}`, { limit: 1 })).scores).toEqual([scores[5]]);
  expect((await search("a red car score:<-1")).scores).toEqual([]);
  expect((await search("a red car -score:>-2")).scores).toEqual([]);
});

// rclip shows the query's picture as its own best hit, unless it is written as a plain path.
test("every spelling of an indexed picture is the same query, without the picture or its copies", async () => {
  const picture = join(cwd(), "a", names[0]!);
  symlinkSync(picture, join(base, "link.jpg"));
  copyFileSync(picture, join(base, "elsewhere.jpg"));
  const server = createServer((_, response) => response.end(readFileSync(picture)));
  const url = await start(server);
  const expected = await search(picture);
  expect(expected.paths).toHaveLength(11);
  for (const query of [
    [`./a/${names[0]}`],
    [`a/${names[0]}`],
    [`@a/${names[0]}`],
    [`2:./a/${names[0]}`],
    [pathToFileURL(picture).href],
    ["../link.jpg"],
    ["../elsewhere.jpg"],
    ["./b c/copy.jpg"],
    [`${url}/a.jpg`],
    [picture, "|", picture],
  ]) {
    const { paths, scores } = await search(query);
    expect(paths).toEqual(expected.paths);
    for (const [at, score] of scores.entries()) expect(score).toBeCloseTo(expected.scores[at]!, 5);
  }
});

test("scores of several terms are cosines: weights count against each other, not for themselves", async () => {
  const plain = await search("a red car");
  const weighted = await search("7:a red car");
  expect(weighted.paths).toEqual(plain.paths);
  for (const [at, score] of weighted.scores.entries()) expect(score).toBeCloseTo(plain.scores[at]!, 5);
  const opposite = await search("- a red car");
  for (const score of opposite.scores) expect(Math.abs(score!)).toBeLessThanOrEqual(1);
  expect(opposite.paths[0]).toBe(plain.paths.at(-1));
  const sum = await search("a red car + 0.5:a boat - night");
  for (const score of sum.scores) expect(Math.abs(score!)).toBeLessThanOrEqual(1);
});

test.each<[string, string, RegExp]>([
  ["a cat - a cat", "INVALID_QUERY", /cancel each other out/],
  ["cat + ./none.jpg", "IMAGE_UNREADABLE", /none\.jpg as a query: not found\n {2}cat \+ \.\/none\.jpg\n {8}\^{10}$/],
  ["./text.jpg", "IMAGE_UNREADABLE", /Cannot use .*text\.jpg/],
  ["http://127.0.0.1:1/a.jpg", "IMAGE_UNREADABLE", /Cannot use http:\/\/127\.0\.0\.1:1\/a\.jpg as a query: .*\n/],
  ["score:>0.2 in:a", "INVALID_QUERY", /beside score:/],
  ["cat -", "INVALID_QUERY", /after the sign/],
  ['""', "EMPTY_QUERY", /empty query/],
])("%s is refused: %s", async (query, code, message) => {
  writeFileSync(join(cwd(), "text.jpg"), "This is no picture.");
  const refused = search(query);
  await expect(refused).rejects.toMatchObject({ code });
  await expect(refused).rejects.toThrow(message);
});

test("a page that is not there is no picture", async () => {
  const url = await start(createServer((_, response) => response.writeHead(404).end()));
  await expect(search(`${url}/a.jpg`)).rejects.toThrow(/the server answers 404/);
});

test("an existing picture's bare name is a picture, with a note; text: makes it words", async () => {
  const { paths, notes } = await search(`a/${names[0]}`);
  expect(paths).toHaveLength(11);
  expect(notes).toEqual([`a/${names[0]} is read as the picture of that name; for the words write text:a/${names[0]}`]);
  expect((await search(`text:a/${names[0]}`)).paths).toHaveLength(12);
});

test("a photo that was moved out of the folder since is not found there", async () => {
  const directory = temporaryDirectory();
  copyDrawings(join(directory, "in"), 0, 2);
  mkdirSync(join(directory, "out"));
  await using library = Library.open(join(directory, "library"));
  for await (const event of library.index([directory])) expect(event.type).not.toBe("problem");
  const [name] = readdirSync(join(directory, "in")).toSorted();
  renameSync(join(directory, "in", name!), join(directory, "out", name!));
  const { hits } = await library.search("a car in:in", { cwd: directory });
  expect(hits.map(({ path }) => basename(path))).not.toContain(name);
  expect(hits).toHaveLength(1);
});
