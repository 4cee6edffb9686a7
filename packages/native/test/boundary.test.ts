import { spawnSync } from "node:child_process";
import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { temporaryDirectory } from "../../../test/support/temporary-directory.ts";
import { type OpenOptions, VectorStore, contentHash } from "../index.js";

const unit = (axis: number, dims = 4): Float32Array =>
  Float32Array.from({ length: dims }, (_, i) => Number(i === axis));

function newStore(options: Partial<OpenOptions> = {}): { directory: string; store: VectorStore } {
  const directory = join(temporaryDirectory(), "store");
  return { directory, store: VectorStore.open(directory, { dims: 4, write: true, ...options }) };
}

describe("what crosses the border", () => {
  test("vectors go in, ids and scores come out, best first, ties by id", async () => {
    const { store } = newStore({ shards: 3 });
    const rows = new Float32Array([...unit(0), ...unit(1), ...unit(1), ...unit(2)]);
    expect(await store.append(BigUint64Array.of(4n, 9n, 7n, 1n), rows)).toEqual({ appended: 4, replaced: 0 });
    expect(await store.search(unit(1), 3)).toEqual({
      ids: BigUint64Array.of(7n, 9n, 1n),
      scores: Float32Array.of(1, 1, 0),
    });
    expect(await store.search(unit(1), 3, BigUint64Array.of(4n, 9n, 100n))).toEqual({
      ids: BigUint64Array.of(9n, 4n),
      scores: Float32Array.of(1, 0),
    });
    expect(await store.delete(BigUint64Array.of(9n, 100n))).toBe(1);
    expect(store.ids()).toEqual(BigUint64Array.of(1n, 4n, 7n));
    expect(store.stats()).toMatchObject({ dims: 4, shards: 3, live: 3, deleted: 1 });
    store.close();
  });

  test("a view into a larger buffer is taken as it is seen, not as it lies", async () => {
    const { store } = newStore();
    const large = new Float32Array([9, 9, ...unit(0), ...unit(3), 9, 9]);
    await store.append(BigUint64Array.of(0n, 1n, 2n, 3n).subarray(1, 3), large.subarray(2, 10));
    expect(await store.search(large.subarray(6, 10), 1)).toEqual({
      ids: BigUint64Array.of(2n),
      scores: Float32Array.of(1),
    });
    store.close();
  });

  test("buffers are copied before the call returns: changing them afterwards changes nothing", async () => {
    const { store } = newStore();
    const [ids, rows] = [BigUint64Array.of(5n), unit(2)];
    const appended = store.append(ids, rows);
    ids.fill(77n);
    rows.fill(0);
    await appended;
    const query = unit(2);
    const found = store.search(query, 1);
    query.fill(0);
    expect(await found).toEqual({ ids: BigUint64Array.of(5n), scores: Float32Array.of(1) });
    store.close();
  });

  test("k of zero, k beyond the store, an empty store and an empty filter are no errors", async () => {
    const { store } = newStore();
    expect((await store.search(unit(0), 10)).ids).toHaveLength(0);
    await store.append(BigUint64Array.of(1n), unit(0));
    expect((await store.search(unit(0), 0)).ids).toHaveLength(0);
    expect((await store.search(unit(0), 2 ** 53)).ids).toHaveLength(1);
    expect((await store.search(unit(0), 10, new BigUint64Array())).ids).toHaveLength(0);
    await store.append(new BigUint64Array(), new Float32Array());
    store.close();
  });

  test("a hundred searches at once, while appends go on, all answer from whole commits", async () => {
    const { store } = newStore({ shards: 2 });
    const pair = new Float32Array([...unit(0), ...unit(0)]);
    const appends = Array.from({ length: 20 }, (_, i) =>
      store.append(BigUint64Array.of(BigInt(2 * i), BigInt(2 * i + 1)), pair),
    );
    const searches = Array.from({ length: 100 }, () => store.search(unit(0), 50));
    await Promise.all(appends);
    for (const { ids } of await Promise.all(searches)) {
      const found = new Set(Array.from(ids, Number));
      expect([...found].filter((id) => !found.has(id ^ 1))).toEqual([]);
    }
    expect((await store.search(unit(0), 50)).ids).toHaveLength(40);
    store.close();
  });

  test("content hashes are the first 16 bytes of BLAKE3", () => {
    // The empty input's test vector of the BLAKE3 specification.
    expect(contentHash(new Uint8Array()).toString("hex")).toBe("af1349b9f5f9a1a6a0404dea36dcc949");
    expect(contentHash(Buffer.from("abc"))).not.toEqual(contentHash(Buffer.from("abd")));
  });
});

describe("what is refused, with which words", () => {
  const wrong = [
    [
      "too few floats",
      () => unit(0).subarray(1),
      /^VECTOR_LENGTH_MISMATCH: 1 id\(s\) of dimension 4 need 4 floats, found 3$/,
    ],
    ["NaN", () => Float32Array.of(0, Number.NaN, 0, 0), /^VECTOR_BAD_COMPONENT: component 1 of .* is NaN/],
    ["infinity", () => Float32Array.of(Infinity, 0, 0, 0), /^VECTOR_BAD_COMPONENT: component 0 of .* is inf/],
  ] as const;
  test.each(wrong)("an append of %s", async (_, rows, message) => {
    const { store } = newStore();
    await expect(store.append(BigUint64Array.of(1n), rows())).rejects.toThrow(message);
    expect(store.stats().live).toBe(0);
    store.close();
  });

  test.each([
    ["another length", () => unit(0, 5), /^QUERY_LENGTH_MISMATCH: a query for this store needs 4 floats, found 5$/],
    ["NaN", () => Float32Array.of(Number.NaN, 0, 0, 0), /^VECTOR_BAD_COMPONENT: component 0 of the query is NaN/],
  ])("a query of %s", async (_, query, message) => {
    const { store } = newStore();
    await expect(store.search(query(), 1)).rejects.toThrow(message);
    store.close();
  });

  test.each([
    [
      "a Float64Array as rows",
      (store: VectorStore) => store.append(BigUint64Array.of(1n), new Float64Array(4) as never),
    ],
    ["an array as query", (store: VectorStore) => store.search([1, 0, 0, 0] as never, 1)],
    ["numbers as ids", (store: VectorStore) => store.append(Float32Array.of(1) as never, unit(0))],
    ["a string as k", (store: VectorStore) => store.search(unit(0), "ten" as never)],
    ["a negative k", (store: VectorStore) => store.search(unit(0), -1)],
    ["k that is not a number", (store: VectorStore) => store.search(unit(0), Number.NaN)],
  ])("%s", async (_, call) => {
    const { store } = newStore();
    await expect((async () => call(store))()).rejects.toThrow();
    store.close();
  });

  test("one id twice in a call, and an id beyond 2^53 - 1", async () => {
    const { store } = newStore();
    const two = new Float32Array([...unit(0), ...unit(1)]);
    await expect(store.append(BigUint64Array.of(1n, 1n), two)).rejects.toThrow(/^ID_DUPLICATE: id 1 occurs twice/);
    await expect(store.append(BigUint64Array.of(2n ** 53n), unit(0))).rejects.toThrow(/^ID_TOO_LARGE: /);
    store.close();
  });

  test("any call after close, which may be called twice; calls under way are answered", async () => {
    const { store } = newStore();
    await store.append(BigUint64Array.of(1n), unit(0));
    const underWay = store.search(unit(0), 1);
    store.close();
    store.close();
    expect((await underWay).ids).toEqual(BigUint64Array.of(1n));
    expect(() => store.search(unit(0), 1)).toThrow(/^CLOSED: /);
    expect(() => store.stats()).toThrow(/^CLOSED: /);
  });

  test("a second writer, told who the first is; readers are welcome, and see the next commit after refresh", async () => {
    const { directory, store } = newStore();
    expect(() => VectorStore.open(directory, { dims: 4, write: true })).toThrow(
      new RegExp(`^STORE_LOCKED: .* is being written by process ${process.pid} `),
    );
    await store.append(BigUint64Array.of(1n), unit(0));
    const reader = VectorStore.open(directory, { dims: 4, write: false });
    await store.append(BigUint64Array.of(2n), unit(0));
    expect((await reader.search(unit(0), 9)).ids).toHaveLength(1);
    expect(reader.refresh()).toBe(true);
    expect(reader.refresh()).toBe(false);
    expect((await reader.search(unit(0), 9)).ids).toHaveLength(2);
    expect(() => reader.append(BigUint64Array.of(3n), unit(0))).toThrow(/^INVALID_ARGUMENT: .* reading only/);
    reader.close();
    store.close();
  });

  test("another dimension, another number of shards, no store", () => {
    const { directory, store } = newStore({ shards: 2 });
    store.close();
    expect(() => VectorStore.open(directory, { dims: 5, write: true })).toThrow(/^STORE_DIMENSION_MISMATCH: /);
    expect(() => VectorStore.open(directory, { dims: 4, write: true, shards: 3 })).toThrow(/^STORE_SHARD_MISMATCH: /);
    expect(() => VectorStore.open(join(directory, "none"), { dims: 4, write: false })).toThrow(/^STORE_NOT_FOUND: /);
    expect(() => VectorStore.open(join(directory, "none"), { dims: 0, write: true })).toThrow(
      /^STORE_INVALID_OPTIONS: /,
    );
  });

  test("a kernel that does not exist, by CLIPFIND_KERNEL", () => {
    const script = `import { VectorStore } from ${JSON.stringify(new URL("../index.js", import.meta.url))};
      const open = () => VectorStore.open(process.argv[1], { dims: 4, write: true });
      try { console.log(open().stats().kernel) } catch (error) { console.log(error.message) }`;
    const open = (kernel: string): string =>
      spawnSync(process.execPath, ["--input-type=module", "-e", script, join(temporaryDirectory(), "store")], {
        encoding: "utf8",
        env: { ...process.env, CLIPFIND_KERNEL: kernel },
      }).stdout.trim();
    expect(open("scalar")).toBe("scalar");
    expect(open("abacus")).toMatch(/^KERNEL_UNKNOWN: .*abacus/);
  });
});

test("where there is no add-on for this machine, the error is a help page", async () => {
  const copy = join(temporaryDirectory(), "index.mjs");
  copyFileSync(new URL("../index.js", import.meta.url), copy);
  await expect(import(copy)).rejects.toThrow(
    new RegExp(
      [
        `^clipfind could not load its native part on ${process.platform}-${process.arch}, Node ${process.version}\\.`,
        "",
        "What was tried:",
        `  - no file clipfind\\.${process.platform}-${process.arch}\\*\\.node in .*`,
        "",
        "Possible solutions:",
        "  - Build it here: install Rust .*",
        "  - If node_modules was copied .*$",
      ].join("\n"),
    ),
  );
});
