import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { directory as miniModel } from "@clipfind/model-mini";
import { describe, expect, test } from "vitest";
import { shared, sharedMissing } from "../../../../test/support/shared.ts";
import { temporaryDirectory } from "../../../../test/support/temporary-directory.ts";
import { packMerges, unpackMerges } from "../../src/clip/merges-table.ts";
import { readVocabulary } from "../../src/clip/read-vocabulary.ts";
import { createTokenizer, loadTokenizer, type Tokenizer } from "../../src/clip/tokenizer.ts";
import { tinyTokenizer } from "./tiny-tokenizer.ts";

/** The tokenizer of the table that is made of a `tokenizer.json`. */
function compiled(json: string): Tokenizer {
  const path = join(temporaryDirectory(), "merges.bin");
  writeFileSync(path, packMerges(readVocabulary(json, "tokenizer.json"), "tokenizer.json"));
  return loadTokenizer(path, 77);
}

test.each(["pairs", "strings"] as const)("a table of merges that were %s gives the ids of the JSON", (mergesAs) => {
  const json = tinyTokenizer(mergesAs);
  const [table, plain] = [compiled(json), createTokenizer(json, 77, "tiny")];
  for (const text of [
    "",
    "Cat",
    "  cats \n CAT",
    "at c",
    "é",
    "e\u0301",
    "constructor 😂",
    "1 ".repeat(200),
    "\ud800",
  ]) {
    expect(table.encode(text)).toEqual(plain.encode(text));
  }
  expect(table.encode("Cat").ids).toEqual([517, 513, 518]);
});

test.for([
  ["as it ships", join(miniModel, "textual/tokenizer.json")],
  ["as an export has it", `${shared}/models/standin/textual/tokenizer.json`],
])("the table of CLIP's vocabulary, %s, gives the reference's ids for all 2,283 golden texts", ([, path], { skip }) => {
  skip(shared === undefined, sharedMissing);
  const { cases } = JSON.parse(readFileSync(`${shared}/golden/clip-tokens.json`, "utf8")) as {
    cases: Array<{ text: string; ids: number[] }>;
  };
  const tokenizer = compiled(readFileSync(path!, "utf8"));
  expect(cases).toHaveLength(2283);
  expect(cases.filter(({ text, ids }) => tokenizer.encode(text).ids.join() !== ids.join())).toEqual([]);
});

describe("a damaged table is MODEL_INVALID and names the file", () => {
  const whole = Buffer.from(packMerges(readVocabulary(tinyTokenizer(), "tiny"), "tiny"));
  const refused = expect.objectContaining({
    code: "MODEL_INVALID",
    message: expect.stringContaining("a/merges.bin: "),
  });

  test("be it by any one byte", () => {
    expect(unpackMerges(whole, "a/merges.bin")).toMatchObject({ startId: 517, endId: 518 });
    for (let at = 0; at < whole.length; at++) {
      const damaged = Buffer.from(whole);
      damaged[at]! ^= 0x10;
      expect(() => unpackMerges(damaged, "a/merges.bin")).toThrow(refused);
    }
  });

  test.each([0, 1, 8, 23, 24, 100, whole.length - 1])("cut off after %i bytes", (length) => {
    expect(() => unpackMerges(whole.subarray(0, length), "a/merges.bin")).toThrow(refused);
  });
});

test("a vocabulary whose ids are not in the order of its merges makes no table", () => {
  const vocabulary = readVocabulary(tinyTokenizer(), "tiny");
  const [first, second, ...others] = vocabulary.merges;
  const shuffled = { ...vocabulary, merges: [second!, first!, ...others] };
  expect(() => packMerges(shuffled, "tiny")).toThrow(expect.objectContaining({ code: "MODEL_INVALID" }));
});
