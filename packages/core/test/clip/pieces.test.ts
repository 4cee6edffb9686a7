import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { packPieces, unpackPieces } from "../../src/clip/pieces/piece-file.ts";
import type { Cleaning } from "../../src/clip/pieces/piece-rules.ts";
import { pieceTokenizer } from "../../src/clip/pieces/piece-tokenizer.ts";
import { readPieces } from "../../src/clip/pieces/read-pieces.ts";
import { parseTokenizerJson } from "../../src/clip/pieces/tokenizer-json.ts";
import type { Tokenizer } from "../../src/clip/tokenizer.ts";

const folder = join(import.meta.dirname, "../../../../test/fixtures/models/tokenizers");

type Json = Record<string, unknown>;

interface Setup {
  readonly change?: (json: Json) => void;
  readonly config?: Json;
  readonly clean?: Cleaning;
  readonly contextLength?: number;
}

function packed(name: string, { change, config = {}, clean = "none" }: Setup = {}): Uint8Array {
  const json = parseTokenizerJson(readFileSync(join(folder, `${name}.json`), "utf8"), name);
  change?.(json);
  const { rules, tables } = readPieces(json, config, clean, name);
  return packPieces(rules, tables);
}

function tokenizer(name: string, setup: Setup = {}): Tokenizer {
  const { rules, tables } = unpackPieces(packed(name, setup), name);
  return pieceTokenizer(rules, tables, setup.contextLength ?? 10_000);
}

const golden = JSON.parse(readFileSync(join(folder, "golden.json"), "utf8")) as Array<
  { text: string } & Record<string, number[]>
>;

test.each(["gemma", "xlm-roberta", "xlm-roberta-newer"])(
  "%s: the ids of the tokenizers library, on 600 texts",
  (name) => {
    const it = tokenizer(name);
    expect(golden).toHaveLength(600);
    expect(golden.map(({ text }) => it.encode(text).ids)).toEqual(golden.map((texts) => texts[name]));
  },
);

test.each(["gemma", "xlm-roberta"])("%s: any text becomes tokens, at most as many as there is room for", (name) => {
  const it = tokenizer(name, { contextLength: 12 });
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 0x10_ff_ff }), { maxLength: 60 }), (points) => {
      const { ids } = it.encode(String.fromCodePoint(...points));
      expect(ids.length).toBeLessThanOrEqual(12);
      expect(ids.every((id) => Number.isInteger(id) && id >= 0)).toBe(true);
    }),
  );
  expect(it.encode("\ud800 lone")).toEqual(it.encode("\ufffd lone"));
  const long = it.encode("cat ".repeat(1_000_000));
  expect(long.truncated).toBe(true);
  expect(long.ids).toEqual(it.encode("cat ".repeat(50)).ids);
});

test("ends are those of the template, or what Gemma's configuration says", () => {
  const ends = { tokenizer_class: "GemmaTokenizerFast", bos_token: "<bos>", eos_token: { content: "<eos>" } };
  const ids = (config: Json): readonly number[] => tokenizer("gemma", { config }).encode("").ids;
  expect(ids({})).toEqual([1]);
  expect(ids({ ...ends, add_bos_token: true, add_eos_token: true })).toEqual([2, 1]);
  expect(ids({ ...ends, add_bos_token: true, add_eos_token: false })).toEqual([2]);
  expect(ids({ ...ends, tokenizer_class: "LlamaTokenizer", add_bos_token: true, add_eos_token: true })).toEqual([1]);
  const roberta = (json: Json): void => {
    json["post_processor"] = { type: "RobertaProcessing", sep: ["</s>", 2], cls: ["<s>", 0] };
  };
  expect(tokenizer("xlm-roberta", { change: roberta }).encode("").ids).toEqual([0, 2]);
});

test("texts are cleaned as open_clip does it, or written small", () => {
  const same = (clean: Cleaning, text: string, as: string): void => {
    expect(tokenizer("gemma", { clean }).encode(text).ids).toEqual(tokenizer("gemma").encode(as).ids);
  };
  same("whitespace", "  A &amp; b\n\t c ", "A & b c");
  same("canonicalize", " It's_a (BIG)  &amp; red cat! ", "its a big red cat");
  same("canonicalize", "ΟΔΟΣ -- ﬁ", "οδος fi");
  same("lower", "ΟΔΟΣ  Big.", "οδοσ  big.");
});

describe("the table of pieces", () => {
  const refused = expect.objectContaining({
    code: "MODEL_INVALID",
    message: expect.stringContaining("a/pieces.bin: "),
  });

  test.each(["gemma", "xlm-roberta"])("of %s is refused with any byte changed, and cut anywhere", (name) => {
    const whole = packed(name);
    for (let at = 0; at < whole.length; at += 97) {
      const damaged = whole.slice();
      damaged[at]! ^= 0x10;
      expect(() => unpackPieces(damaged, "a/pieces.bin")).toThrow(refused);
    }
    for (const length of [0, 7, 15, 16, 100, whole.length - 1]) {
      expect(() => unpackPieces(whole.subarray(0, length), "a/pieces.bin")).toThrow(refused);
    }
  });

  test("is read from any place in memory", () => {
    const whole = packed("gemma");
    const shifted = new Uint8Array(whole.length + 3);
    shifted.set(whole, 3);
    expect(unpackPieces(shifted.subarray(3), "a/pieces.bin")).toEqual(unpackPieces(whole, "a/pieces.bin"));
  });
});

describe("a tokenizer.json is refused", () => {
  const model = (json: Json): Json => json["model"] as Json;
  test.each<[string, string, (json: Json) => void, string]>([
    ["of WordPiece", "gemma", (json) => (model(json)["type"] = "WordPiece"), 'the model "WordPiece"'],
    ["with dropout", "gemma", (json) => (model(json)["dropout"] = 0.1), "dropout 0.1"],
    ["with a suffix", "gemma", (json) => (model(json)["end_of_word_suffix"] = "</w>"), 'end_of_word_suffix "</w>"'],
    [
      "that splits as GPT does",
      "gemma",
      (json) => (json["pre_tokenizer"] = { type: "ByteLevel" }),
      "the pre-tokenizer",
    ],
    [
      "with a strange pattern",
      "gemma",
      (json) => (json["normalizer"] = { type: "Replace", pattern: { Regex: "a|b" } }),
      "the pattern",
    ],
    [
      "with another end",
      "gemma",
      (json) => (json["post_processor"] = { type: "ByteLevel" }),
      'the post-processor "ByteLevel"',
    ],
    [
      "with a token that is missing",
      "gemma",
      (json) => (model(json)["unk_token"] = "<none>"),
      'expected the token "<none>", found none',
    ],
    [
      "with a merge of nothing known",
      "gemma",
      (json) => (model(json)["merges"] = [["a", "☃"]]),
      "in the vocabulary, found none",
    ],
    ["with a merge of three", "gemma", (json) => (model(json)["merges"] = ["a b c"]), "expected a merge of two tokens"],
    [
      "with an id that is none",
      "gemma",
      (json) => ((model(json)["vocab"] as Json)["a"] = -1),
      'an id for the token "a", found -1',
    ],
    [
      "without bytes to fall back to",
      "xlm-roberta",
      (json) => (model(json)["byte_fallback"] = true),
      "expected 256 tokens for bytes, found 0",
    ],
    [
      "with a piece twice",
      "xlm-roberta",
      (json) => (model(json)["vocab"] as unknown[]).push(["a", -1]),
      'expected each piece once, found "a"',
    ],
    [
      "with a piece without a score",
      "xlm-roberta",
      (json) => (model(json)["vocab"] as unknown[]).push("a"),
      "expected a piece and its score",
    ],
    [
      "with half a table",
      "xlm-roberta",
      (json) => ((json["normalizer"] as Json)["precompiled_charsmap"] = "AAAA"),
      "one table of replacements",
    ],
  ])("%s", (_, name, change, message) => {
    expect(() => tokenizer(name, { change })).toThrow(
      expect.objectContaining({ code: "MODEL_INVALID", message: expect.stringContaining(message) }),
    );
  });

  test("that is no object", () => {
    for (const text of ["", "{", "[]", "null", '"a"']) {
      expect(() => parseTokenizerJson(text, "a/tokenizer.json")).toThrow("a/tokenizer.json: expected a tokenizer.json");
    }
  });
});
