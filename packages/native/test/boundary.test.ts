import { spawnSync } from "node:child_process";
import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { temporaryDirectory } from "../../../test/support/temporary-directory.ts";
import {
  Cancel,
  type OpenOptions,
  type SearchOptions,
  VectorStore,
  contentHash,
  repairStore,
  verifyStore,
} from "../index.js";

const unit = (axis: number, dims = 4): Float32Array =>
  Float32Array.from({ length: dims }, (_, i) => Number(i === axis));

/** Scores of rows that are stored with 16 bits per component. */
const about = (...scores: number[]): unknown => ({
  $$typeof: Symbol.for("jest.asymmetricMatcher"),
  asymmetricMatch: (found: Float32Array) =>
    found.length === scores.length && scores.every((score, at) => Math.abs((found[at] as number) - score) < 1e-4),
});

function newStore(options: Partial<OpenOptions> = {}): { directory: string; store: VectorStore } {
  const directory = join(temporaryDirectory(), "store");
  return { directory, store: VectorStore.open(directory, { dims: 4, write: true, ...options }) };
}

describe("what crosses the border", () => {
  test("vectors go in, ids and scores come out, best first, ties by id", async () => {
    const { store } = newStore({ shards: 3 });
    const rows = new Float32Array([...unit(0), ...unit(1), ...unit(1), ...unit(2)]);
    expect(await store.append(Float64Array.of(4, 9, 7, 1), rows)).toEqual({ appended: 4, replaced: 0 });
    const whole = { scanned: 4, missingShards: [] };
    expect(await store.search(unit(1), 2)).toEqual([
      { ids: Float64Array.of(7, 9), scores: about(1, 1), rescored: expect.any(Number), ...whole },
    ]);
    const found = async (options: SearchOptions): Promise<number[]> => {
      const [answer] = await store.search(unit(1), 3, options);
      return Array.from(answer?.ids ?? []);
    };
    expect(await found({ among: Float64Array.of(4, 9, 100) })).toEqual([9, 4]);
    expect(await found({ ranges: Float64Array.of(0, 3, 8, 9) })).toEqual([9, 1]);
    expect(await found({ ranges: Float64Array.of(8, 9), among: Float64Array.of(4) })).toEqual([9, 4]);
    expect(await store.delete(Float64Array.of(9, 100))).toBe(1);
    expect(store.ids()).toEqual(Float64Array.of(1, 4, 7));
    expect(store.stats()).toMatchObject({ dims: 4, shards: 3, live: 3, deleted: 1 });
    store.close();
  });

  test("a view into a larger buffer is taken as it is seen, not as it lies", async () => {
    const { store } = newStore();
    const large = new Float32Array([9, 9, ...unit(0), ...unit(3), 9, 9]);
    await store.append(Float64Array.of(0, 1, 2, 3).subarray(1, 3), large.subarray(2, 10));
    expect(await store.search(large.subarray(6, 10), 1)).toMatchObject([{ ids: Float64Array.of(2), scores: about(1) }]);
    store.close();
  });

  test("buffers are copied before the call returns: changing them afterwards changes nothing", async () => {
    const { store } = newStore();
    const [ids, rows] = [Float64Array.of(5), unit(2)];
    const appended = store.append(ids, rows);
    ids.fill(77);
    rows.fill(0);
    await appended;
    const query = unit(2);
    const found = store.search(query, 1);
    query.fill(0);
    expect(await found).toMatchObject([{ ids: Float64Array.of(5), scores: about(1) }]);
    store.close();
  });

  test("k of zero, k beyond the store, an empty store and an empty filter are no errors", async () => {
    const { store } = newStore();
    const count = async (k: number, options?: SearchOptions): Promise<number | undefined> =>
      (await store.search(unit(0), k, options))[0]?.ids.length;
    expect(await count(10)).toBe(0);
    await store.append(Float64Array.of(1), unit(0));
    expect(await count(0)).toBe(0);
    expect(await count(2 ** 53)).toBe(1);
    expect(await count(10, { among: new Float64Array() })).toBe(0);
    expect(await store.search(new Float32Array(), 10)).toEqual([]);
    await store.append(new Float64Array(), new Float32Array());
    store.close();
  });

  test("a hundred searches at once, while appends go on, all answer from whole commits", async () => {
    const { store } = newStore({ shards: 2 });
    const pair = new Float32Array([...unit(0), ...unit(0)]);
    const appends = Array.from({ length: 20 }, (_, i) => store.append(Float64Array.of(2 * i, 2 * i + 1), pair));
    const searches = Array.from({ length: 100 }, () => store.search(unit(0), 50));
    await Promise.all(appends);
    for (const { ids } of (await Promise.all(searches)).flat()) {
      const found = new Set(Array.from(ids, Number));
      expect([...found].filter((id) => !found.has(id ^ 1))).toEqual([]);
    }
    expect((await store.search(unit(0), 50))[0]?.ids).toHaveLength(40);
    store.close();
  });

  test("several queries are answered in their order, each as if asked alone", async () => {
    const { store } = newStore();
    await store.append(Float64Array.of(1, 2, 3), new Float32Array([...unit(0), ...unit(1), ...unit(2)]));
    const queries = new Float32Array([...unit(2), ...unit(0), ...unit(1)]);
    const together = await store.search(queries, 2);
    expect(together.map(({ ids }) => ids[0])).toEqual([3, 1, 2]);
    for (const [at, { ids, scores }] of together.entries()) {
      expect(await store.search(queries.subarray(4 * at, 4 * at + 4), 2)).toMatchObject([{ ids, scores }]);
    }
    store.close();
  });

  test("a store is sealed, compacted, resharded and moved, and answers as before; verify finds nothing wrong", async () => {
    const { directory, store } = newStore({ segmentRows: 10 });
    const ids = Float64Array.from({ length: 60 }, (_, id) => id);
    for (let at = 0; at < 60; at += 6) {
      const rows = Float32Array.from({ length: 24 }, (_, i) => Math.sin(at * 24 + i));
      await store.append(ids.subarray(at, at + 6), rows);
    }
    await store.delete(ids.subarray(0, 20));
    const [before] = await store.search(unit(1), 100);
    expect(before?.ids).toHaveLength(40);
    const expected = { ids: before?.ids, scores: before?.scores };
    await store.seal();
    expect(await store.compact({ full: true })).toMatchObject({ written: 1, copied: 40, dropped: 20 });
    expect(await store.search(unit(1), 100)).toMatchObject([expected]);
    await store.reshard(3);
    await store.moveShard(1, `${directory}-elsewhere`);
    expect(await store.search(unit(1), 100)).toMatchObject([expected]);
    expect(store.stats()).toMatchObject({ shards: 3, live: 40, deleted: 0, missingShards: [] });
    expect(await verifyStore(directory)).toMatchObject({ rows: 40, damage: [] });
    store.close();
    expect(await repairStore(directory)).toEqual({ kept: 40, lost: [], renamed: [] });
  });

  test("a cancelled call fails with CANCELLED and loses nothing", async () => {
    const { store } = newStore();
    await store.append(Float64Array.of(1), unit(0));
    const cancel = new Cancel();
    cancel.cancel();
    await expect(store.search(unit(0), 1, null, cancel)).rejects.toThrow(/^CANCELLED: /);
    await expect(store.reshard(2, cancel)).rejects.toThrow(/^CANCELLED: /);
    expect(store.stats()).toMatchObject({ live: 1, shards: 1 });
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
    await expect(store.append(Float64Array.of(1), rows())).rejects.toThrow(message);
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
    ["a Float64Array as rows", (store: VectorStore) => store.append(Float64Array.of(1), new Float64Array(4) as never)],
    ["an array as query", (store: VectorStore) => store.search([1, 0, 0, 0] as never, 1)],
    ["floats of 32 bits as ids", (store: VectorStore) => store.append(Float32Array.of(1) as never, unit(0))],
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
    await expect(store.append(Float64Array.of(1, 1), two)).rejects.toThrow(/^ID_DUPLICATE: id 1 occurs twice/);
    await expect((async () => store.append(Float64Array.of(2 ** 53), unit(0)))()).rejects.toThrow(
      /^INVALID_ARGUMENT: /,
    );
    await expect((async () => store.append(Float64Array.of(0.5), unit(0)))()).rejects.toThrow(
      /^INVALID_ARGUMENT: .*found 0\.5$/,
    );
    store.close();
  });

  test("any call after close, which may be called twice; calls under way are answered", async () => {
    const { store } = newStore();
    await store.append(Float64Array.of(1), unit(0));
    const underWay = store.search(unit(0), 1);
    store.close();
    store.close();
    expect((await underWay)[0]?.ids).toEqual(Float64Array.of(1));
    expect(() => store.search(unit(0), 1)).toThrow(/^CLOSED: /);
    expect(() => store.stats()).toThrow(/^CLOSED: /);
  });

  test("a second writer, told who the first is; readers are welcome, and see the next commit after refresh", async () => {
    const { directory, store } = newStore();
    expect(() => VectorStore.open(directory, { dims: 4, write: true })).toThrow(
      new RegExp(`^STORE_LOCKED: .* is being written by process ${process.pid} `),
    );
    await store.append(Float64Array.of(1), unit(0));
    const reader = VectorStore.open(directory, { dims: 4, write: false });
    await store.append(Float64Array.of(2), unit(0));
    expect((await reader.search(unit(0), 9))[0]?.ids).toHaveLength(1);
    expect(reader.refresh()).toBe(true);
    expect(reader.refresh()).toBe(false);
    expect((await reader.search(unit(0), 9))[0]?.ids).toHaveLength(2);
    expect(() => reader.append(Float64Array.of(3), unit(0))).toThrow(/^INVALID_ARGUMENT: .* reading only/);
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
