import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { copyDrawings } from "../../../../test/support/drawings.ts";
import { temporaryDirectory } from "../../../../test/support/temporary-directory.ts";
import { Library } from "../../src/index.ts";

// The cases of rclip's snapshot suite (tests/e2e, 3.3), on our drawings with the mini model. rclip adds weight × score of
// each term; clipfind divides that by the length of the summed query, the same for all photos.
let base = "";
let library: Library;
let cat = "";
beforeAll(async () => {
  base = realpathSync(mkdtempSync(join(tmpdir(), "clipfind-rclip-")));
  copyDrawings(join(base, "photos/nested/deep"), 0, 40);
  const [name = ""] = readdirSync(join(base, "photos/nested/deep")).toSorted();
  cat = join(base, "photos/nested/deep", name);
  library = Library.open(join(base, "library"));
  for await (const event of library.index([join(base, "photos")])) expect(event.type).not.toBe("problem");
}, 120_000);
afterAll(async () => {
  await library.close();
  rmSync(base, { recursive: true, force: true });
});

async function scoresOf(words: readonly string[]): Promise<Map<string, number>> {
  const { hits } = await library.search(words, { limit: 1000, cwd: base });
  return new Map(hits.map(({ path, score }) => [path, score as number]));
}

describe("rclip's arithmetic", () => {
  const picture = "the picture";
  test.each<[readonly string[], readonly (readonly [number, string])[]]>([
    [["kitty"], [[1, "kitty"]]],
    [["boats on a lake"], [[1, "boats on a lake"]]],
    [
      ["kitty", "+", "puppy", "+", "roof", "+", "fence"],
      [
        [1, "kitty"],
        [1, "puppy"],
        [1, "roof"],
        [1, "fence"],
      ],
    ],
    [
      ["kitty", "-", "puppy", "-", "roof", "-", "fence"],
      [
        [1, "kitty"],
        [-1, "puppy"],
        [-1, "roof"],
        [-1, "fence"],
      ],
    ],
    [
      ["kitty", "+", "roof", "-", "fence"],
      [
        [1, "kitty"],
        [1, "roof"],
        [-1, "fence"],
      ],
    ],
    [
      ["kitty", "+", "2:night", "-", "0.5:fence"],
      [
        [1, "kitty"],
        [2, "night"],
        [-0.5, "fence"],
      ],
    ],
    [
      ["2:golden retriever", "+", ".5:swimming pool"],
      [
        [2, "golden retriever"],
        [0.5, "swimming pool"],
      ],
    ],
    [
      [picture, "-", "3:cat", "+", "2:bee"],
      [
        [1, picture],
        [-3, "cat"],
        [2, "bee"],
      ],
    ],
    [
      ["kitty", "-", picture, "+", "1.5:bee"],
      [
        [1, "kitty"],
        [-1, picture],
        [1.5, "bee"],
      ],
    ],
    [[`2:${picture}`], [[2, picture]]],
  ])("%j: the same order, scores the same but for one factor", async (words, terms) => {
    const real = (word: string): string => word.replace(picture, `@${cat}`);
    const found = await scoresOf(words.map(real));
    const parts: { factor: number; scores: Map<string, number> }[] = [];
    for (const [factor, word] of terms) parts.push({ factor, scores: await scoresOf([real(word)]) });
    const sums = Array.from(found.keys(), (path) =>
      parts.reduce((sum, { factor, scores }) => sum + factor * (scores.get(path) as number), 0),
    );
    const scores = [...found.values()];
    const dot = scores.reduce((sum, score, at) => sum + score * sums[at]!, 0);
    const length = dot / scores.reduce((sum, score) => sum + score * score, 0);
    expect(length).toBeGreaterThan(0);
    for (const [at, score] of scores.entries()) expect(Math.abs(score - sums[at]! / length)).toBeLessThan(0.002);
    const hasPicture = terms.some(([, word]) => word === picture);
    expect(found.has(cat)).toBe(!hasPicture);
    expect(found.size).toBe(hasPicture ? 39 : 40);
  });
});

test("the same query gives the same answer, three times", async () => {
  const answers = [await scoresOf(["kitty"]), await scoresOf(["kitty"]), await scoresOf(["kitty"])];
  const [first = "", ...others] = answers.map((answer) => JSON.stringify(Array.from(answer)));
  expect(others).toEqual([first, first]);
});

test("every format is found with nearly the vector of the JPEG, under a name that is not ASCII", async () => {
  const directory = temporaryDirectory();
  const formats = ["png", "webp", "tiff", "gif"] as const;
  for (const format of formats)
    await sharp(cat)
      .toFormat(format)
      .toFile(join(directory, `鳥鳥.${format}`));
  copyFileSync(cat, join(directory, "jpeg.jpg"));
  await using other = Library.open(join(directory, "library"));
  for await (const event of other.index([directory])) expect(event.type).not.toBe("problem");
  const { hits } = await other.similar(cat);
  expect(hits.map(({ path }) => path.slice(directory.length + 1)).toSorted()).toEqual(
    formats.map((format) => `鳥鳥.${format}`).toSorted(),
  );
  for (const { score } of hits) expect(score).toBeGreaterThan(0.95);
});

test("a folder without photos, a copy that comes and goes", async () => {
  const directory = temporaryDirectory();
  await using other = Library.open(join(directory, "library"));
  const folder = join(directory, "100% re_al");
  mkdirSync(folder);
  const indexed = async (): Promise<number> => {
    for await (const event of other.index([folder], { prune: true })) expect(event.type).not.toBe("problem");
    return (await other.search(["kitty", "in:100% re_al"], { cwd: directory })).hits.length;
  };
  expect(await indexed()).toBe(0);
  copyFileSync(cat, join(folder, "a.jpg"));
  expect(await indexed()).toBe(1);
  copyFileSync(cat, join(folder, "b.jpg"));
  const { hits } = await other.search("kitty").then(async (before) => (await indexed(), before));
  expect(hits[0]?.copies).toEqual([]);
  expect((await other.search("kitty")).hits[0]?.copies).toEqual([join(folder, "b.jpg")]);
  rmSync(join(folder, "b.jpg"));
  expect(await indexed()).toBe(1);
  expect((await other.search("kitty")).hits[0]?.copies).toEqual([]);
  // % and _ are no wildcards, and a folder that differs in case is another one.
  expect((await other.search(["kitty", "in:100x re_al"], { cwd: directory })).hits).toEqual([]);
  if (process.platform === "linux") {
    expect((await other.search(["kitty", "in:100% RE_AL"], { cwd: directory })).hits).toEqual([]);
  }
});
