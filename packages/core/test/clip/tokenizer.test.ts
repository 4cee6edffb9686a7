import { readFileSync } from "node:fs";
import { join } from "node:path";
import { directory as miniModel } from "@clipfind/model-mini";
import { beforeEach, describe, expect, test } from "vitest";
import { createTokenizer, loadTokenizer, type Tokenizer } from "../../src/clip/tokenizer.ts";
import { shared, sharedMissing } from "../../../../test/support/shared.ts";
import { tinyTokenizer } from "./tiny-tokenizer.ts";

const start = 517;
const end = 518;

describe.each(["pairs", "strings"] as const)("a tokenizer whose merges are %s", (mergesAs) => {
  const tokenizer = createTokenizer(tinyTokenizer(mergesAs), 10, "tiny");

  test("merges what was learned first, and marks the ends of words", () => {
    expect(tokenizer.encode("Cat")).toEqual({ ids: [start, 513, end], truncated: false });
    expect(tokenizer.encode("  cats \n CAT").ids).toEqual([start, 514, vocabularyId("s</w>"), 513, end]);
    expect(tokenizer.encode("at c").ids).toEqual([start, 515, vocabularyId("c</w>"), end]);
  });

  test("reads bytes beyond ASCII as pairs of symbols", () => {
    expect(tokenizer.encode("é").ids).toEqual([start, 516, end]);
    expect(tokenizer.encode("e\u0301").ids).toEqual([start, 516, end]);
  });

  test("cuts at the context length, the end token last", () => {
    expect(tokenizer.encode("1 2 3 4 5 6 7 8").ids).toHaveLength(10);
    expect(tokenizer.encode("1 2 3 4 5 6 7 8").truncated).toBe(false);
    const { ids, truncated } = tokenizer.encode("1 2 3 4 5 6 7 8 9");
    expect(ids).toHaveLength(10);
    expect(ids.at(-1)).toBe(end);
    expect(truncated).toBe(true);
  });

  test("gives an empty text its two tokens", () => {
    for (const text of ["", " \t\r\n\u3000", "\0", "&#0001;"]) {
      expect(tokenizer.encode(text)).toEqual({ ids: [start, end], truncated: false });
    }
  });

  test.each([
    ["one word", "a".repeat(1e6)],
    ["words", "cat ".repeat(250_000)],
    ["white space and a word", `${" ".repeat(1e6)}cat`],
    ["white space", "\n".repeat(1e6)],
    ["NUL", "\0".repeat(1e6)],
    ["lone surrogates", "\ud800".repeat(1e6)],
    ["emoji", "😂".repeat(500_000)],
    ["combining marks", `a${"\u0301\u0316".repeat(500_000)}`],
    ["nested references", `&${"amp;".repeat(250_000)}`],
    ["open tags", "<".repeat(1e6)],
    ["full-width letters", "Ａ".repeat(1e6)],
  ])("reads a megabyte of %s without going through all of it again and again (or the test times out)", (_, text) => {
    const { ids } = tokenizer.encode(text);
    expect(ids.length).toBeLessThanOrEqual(10);
    expect(ids.at(-1)).toBe(end);
  });
});

test("words of the language JavaScript are words", () => {
  const tokenizer = createTokenizer(tinyTokenizer(), 77, "tiny");
  expect(tokenizer.encode("constructor __proto__ toString").ids.every(Number.isInteger)).toBe(true);
});

test.each([
  ["no JSON", "hello"],
  ["null", "null"],
  ["another model", JSON.stringify({ model: { type: "Unigram", vocab: [["a", -1]] } })],
  ["no merges", JSON.stringify({ model: { vocab: {}, merges: [] } })],
  ["odd merges", tinyTokenizer().replace('["c","a"]', "17")],
  ["merges that are not in the vocabulary", tinyTokenizer().replace('"merges":[', '"merges":[["q","x"],')],
  ["ids in another order", tinyTokenizer().replace('"Ã©</w>":516', '"Ã©</w>":999')],
  ["a missing byte", tinyTokenizer().replace('"!":33', '"!!":33')],
  ["no end token", tinyTokenizer().replace("<|endoftext|>", "<|end|>")],
])("refuses a file that is no CLIP vocabulary: %s", (_, json) => {
  expect(() => createTokenizer(json, 77, "a/tokenizer.json")).toThrow(
    expect.objectContaining({ code: "MODEL_INVALID", message: expect.stringContaining("a/tokenizer.json: expected") }),
  );
});

test("takes the special tokens from added_tokens where the vocabulary lacks them", () => {
  const json = JSON.parse(tinyTokenizer()) as { model: { vocab: Record<string, number> }; added_tokens: object[] };
  delete json.model.vocab["<|endoftext|>"];
  json.added_tokens = [{ id: 518, content: "<|endoftext|>" }];
  expect(createTokenizer(JSON.stringify(json), 77, "tiny").encode("cat").ids).toEqual([start, 513, end]);
});

test("names a file that cannot be read", () => {
  expect(() => loadTokenizer("/no/such/tokenizer.json", 77)).toThrow(
    expect.objectContaining({ code: "MODEL_NOT_FOUND" }),
  );
});

describe.each([
  ["as it ships", join(miniModel, "textual/tokenizer.json")],
  ["as an export has it", `${shared}/models/standin/textual/tokenizer.json`],
])("CLIP's own vocabulary, %s", (_, path) => {
  let tokenizer: Tokenizer | undefined;
  beforeEach(({ skip }) => {
    skip(shared === undefined, sharedMissing);
    tokenizer ??= loadTokenizer(path, 77);
  });

  test("gives the reference's ids for all 2,283 golden texts", () => {
    const { cases } = JSON.parse(readFileSync(`${shared}/golden/clip-tokens.json`, "utf8")) as {
      cases: Array<{ text: string; ids: number[] }>;
    };
    expect(cases).toHaveLength(2283);
    const wrong = cases.filter(({ text, ids }) => tokenizer!.encode(text).ids.join() !== ids.join());
    expect(wrong).toEqual([]);
  });

  test("cuts a query of 500 words, and says so", () => {
    const { ids, truncated } = tokenizer!.encode("sunset over the harbour ".repeat(125));
    expect(ids).toHaveLength(77);
    expect(ids.at(-1)).toBe(49407);
    expect(truncated).toBe(true);
  });
});

function vocabularyId(token: string): number {
  return (JSON.parse(tinyTokenizer()) as { model: { vocab: Record<string, number> } }).model.vocab[token]!;
}
