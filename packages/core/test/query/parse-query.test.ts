import { readFileSync } from "node:fs";
import fc from "fast-check";
import { expect, test } from "vitest";
import { ClipfindError } from "../../src/errors.ts";
import { parseQuery } from "../../src/query/parse-query.ts";
import { printQuery } from "../../src/query/print-query.ts";
import { QueryError } from "../../src/query/query-error.ts";

const document = readFileSync(new URL("../../../../docs/query-language.md", import.meta.url), "utf8");
const examples = Array.from(document.matchAll(/^\| `(.+?)` +\| `(.+)` +\|$/gm), ([, query = "", meaning = ""]) => [
  query.replaceAll("\\|", "|"),
  meaning.replaceAll("\\|", "|"),
]);

test("docs/query-language.md has examples", () => {
  expect(examples.length).toBeGreaterThan(20);
});

test.each(examples)("docs/query-language.md: %s means %s", (query, meaning) => {
  expect(printQuery(parseQuery(query))).toBe(meaning);
});

// rclip's table of weights and queries, and what a shell hands over.
test.each<[readonly string[], string]>([
  [["black", "cat"], '+1 "black cat"'],
  [["black cat", "+", "2:night sky"], '+1 "black cat" +2 "night sky"'],
  [["kitty", "-", "./my cat.jpg", "+", "1.5:bee"], '+1 "kitty" -1 @./my cat.jpg +1.5 "bee"'],
  [[".5:./a b.jpg"], "+0.5 @./a b.jpg"],
  [["1.:x"], '+1 "x"'],
  [["1..:x"], '+1 "1..:x"'],
  [["1e3:cat"], '+1 "1e3:cat"'],
  [["tag:New York"], 'tag {"pattern":"New York"}'],
  [["tag:York after:2023 kitten"], '+1 "kitten" tag {"pattern":"York"} after {"dates":{"from":1672531200000}}'],
  [["kitten in:a"], '+1 "kitten" in {"folder":"a"}'],
  [["known.jpg"], "+1 @known.jpg"],
  [["a known.jpg"], "+1 @a known.jpg"],
  [["unknown.jpg"], '+1 "unknown.jpg"'],
  [["C:/a.jpg", "~/b.jpg", "../c.jpg"], "+1 @C:/a.jpg +1 @~/b.jpg +1 @../c.jpg"],
  [['cat / dog -> 5" screen'], '+1 "cat / dog -> 5\\" screen"'],
  [[""], ""],
])("the words %j mean %s", (words, meaning) => {
  expect(printQuery(parseQuery(words, (place) => place.endsWith("known.jpg") && place !== "unknown.jpg"))).toBe(
    meaning,
  );
});

test.each<[string, string, number, number]>([
  ["cat and dog -", "after the sign", 12, 13],
  ["cat + - dog", "after the sign", 4, 5],
  ["cat 2:", "after the weight", 4, 6],
  ["cat :dog", "Expected a weight", 4, 5],
  ["cat |", "after |", 4, 5],
  ["| cat", "before |", 0, 1],
  ["cat on:someday", "Expected dates", 7, 14],
  ["cat on:2023-02-30", "Expected dates", 7, 17],
  ["cat rating:many", "Expected a number", 11, 15],
  ["cat in:", "found nothing", 6, 7],
  ["2:tag:x", "a filter has none", 2, 7],
  ["0:cat", "above 0", 0, 2],
  ["cat @", "after @", 4, 5],
])("%j: %s, at %i to %i", (line, message, start, end) => {
  expect(() => parseQuery(line)).toThrow(expect.objectContaining({ code: "INVALID_QUERY", start, end }));
  expect(() => parseQuery(line)).toThrow(message);
});

test("the message shows the line and points at the place, below wide characters too", () => {
  expect(() => parseQuery("黒い cat -")).toThrow(/\n {2}黒い cat -\n {11}\^$/);
});

test.each([
  ["known.jpg", "known.jpg is read as the picture of that name; for the words write text:known.jpg"],
  ["tga:cat", "tga: is no filter and read as words; did you mean tag:?"],
  ["cat OR dog", "OR is read as a word; to average two descriptions write | between them"],
])("%s is read with a note", (line, note) => {
  expect(parseQuery(line, () => true).notes).toEqual([note]);
});

const piece = fc.oneof(
  fc.constantFrom(
    "+",
    "-",
    "|",
    "NOT",
    "2:",
    "-.5:",
    "@",
    "text:",
    '"',
    "tag:",
    "on:2023",
    "./a.jpg",
    "near:",
    "..",
    "cat",
    " ",
  ),
  fc.string(),
);

test("whatever is written: a query whose places are in the line, or INVALID_QUERY at a place in it", () => {
  fc.assert(
    fc.property(fc.array(piece), fc.boolean(), (pieces, asWords) => {
      let line: string;
      let places: readonly { start: number; end: number }[];
      try {
        const query = parseQuery(asWords ? pieces : pieces.join(""), (place) => place.length % 2 === 0);
        line = query.line;
        places = [...query.terms.flatMap(({ prompts }) => prompts), ...query.filters];
      } catch (error) {
        expect(error).toBeInstanceOf(ClipfindError);
        expect(error).toMatchObject({ code: "INVALID_QUERY" });
        if (asWords) return;
        line = pieces.join("");
        places = [error as QueryError];
      }
      for (const { start, end } of places) {
        expect(0 <= start && start < end && end <= line.length).toBe(true);
      }
    }),
    { numRuns: 2000 },
  );
});

test("a text in quotes is that text, whatever it holds", () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      const words = text.trim().replaceAll(/\s+/g, " ");
      const { terms } = parseQuery(`text:"${text.replaceAll('"', '""')}"`);
      expect(terms.flatMap(({ prompts }) => prompts).map((prompt) => prompt.kind === "text" && prompt.text)).toEqual(
        words === "" ? [] : [words],
      );
    }),
  );
});
