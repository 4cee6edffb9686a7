import { join } from "node:path";
import Database from "better-sqlite3";
import fc from "fast-check";
import { expect, onTestFinished, test } from "vitest";
import { temporaryDirectory } from "../../../../test/support/temporary-directory.ts";
import { type Catalog, openCatalog } from "../../src/db/open-catalog.ts";

function open(directory = temporaryDirectory()): Catalog {
  const catalog = openCatalog(directory);
  onTestFinished(() => catalog.close());
  return catalog;
}

const vectorOf = (...values: number[]): Float32Array => Float32Array.from(values);

test("the vector of a text comes back to the bit, for its model and its very text alone", () => {
  const { queryVectors } = open();
  const texts = fc.string({ unit: "binary" });
  fc.assert(
    fc.property(texts, fc.float32Array({ minLength: 1 }), fc.boolean(), (text, vector, truncated) => {
      const model = `model ${Math.random()}`;
      queryVectors.put(model, text, { vector, truncated });
      expect(queryVectors.get(model, text)).toEqual({ vector, truncated });
      expect(queryVectors.get(`${model}?`, text)).toBeUndefined();
      expect(queryVectors.get(model, `${text} `)).toBeUndefined();
    }),
  );
});

test("256 are kept: those used last, not those first asked for", () => {
  const { queryVectors } = open();
  queryVectors.put("m", "dear", { vector: vectorOf(1), truncated: false });
  for (let number = 0; number < 1000; number++) {
    queryVectors.put("m", `text ${number}`, { vector: vectorOf(number), truncated: false });
    if (number % 100 === 0) expect(queryVectors.get("m", "dear"), `after ${number}`).toBeDefined();
  }
  const kept = Array.from({ length: 1000 }, (_, number) => number).filter(
    (number) => queryVectors.get("m", `text ${number}`) !== undefined,
  );
  // And the dear one.
  expect(kept).toEqual(Array.from({ length: 255 }, (_, index) => 745 + index));
});

// The catalog's own time-out is ten seconds.
test("while another process writes, nothing waits and nothing fails", { timeout: 9000 }, () => {
  const directory = temporaryDirectory();
  const { queryVectors } = open(directory);
  const other = new Database(join(directory, "catalog.db"));
  onTestFinished(() => void other.close());
  other.exec("BEGIN IMMEDIATE");
  queryVectors.put("m", "a cat", { vector: vectorOf(1), truncated: false });
  expect(queryVectors.get("m", "a cat")).toBeUndefined();
  other.exec("ROLLBACK");
  queryVectors.put("m", "a cat", { vector: vectorOf(1), truncated: false });
  expect(queryVectors.get("m", "a cat")).toEqual({ vector: vectorOf(1), truncated: false });
});

test("a vector that is not whole floats is not taken", () => {
  const directory = temporaryDirectory();
  const { queryVectors } = open(directory);
  queryVectors.put("m", "a cat", { vector: vectorOf(1, 2), truncated: false });
  const other = new Database(join(directory, "catalog.db"));
  onTestFinished(() => void other.close());
  other.exec("UPDATE query_vectors SET vector = x'010203'");
  expect(queryVectors.get("m", "a cat")).toBeUndefined();
});
