import assert from "node:assert/strict";
import { join } from "node:path";
import { tolerance } from "../answers.ts";
import type { Context } from "../context.ts";
import { filesOf } from "../contestants.ts";
import { ClipLike, dims, generator } from "../data.ts";
import type { Measurement } from "../measurement.ts";
import { VectorStore, verifyStore } from "../store.ts";

/** Two planes of bytes, and a scale and an error. */
const leastBytes = 2 * dims + 8;

/** What a vector takes on disk after a life of appends, replacements and deletions, and a full compaction. */
export async function benchDisk(context: Context): Promise<Measurement[]> {
  const batch = context.check ? 500 : 10_000;
  const directory = join(context.folder(), "store");
  const store = VectorStore.open(directory, { dims, write: true });
  const { ids, some } = await live(store, batch, 40);
  const before = store.stats().rows;
  const started = performance.now();
  await store.compact({ full: true });
  const took = performance.now() - started;
  for (const [id, vector] of some) {
    const stored = store.vector(id) as Float32Array;
    assert.ok(
      stored.every((x, i) => Math.abs(x - (vector[i] as number)) < tolerance),
      `row ${id}`,
    );
  }
  const { live: rows, segments, deleted } = store.stats();
  assert.deepEqual([rows, deleted], [ids.size, 0]);
  store.close();
  assert.deepEqual((await verifyStore(directory)).damage, []);
  const files = filesOf(directory);
  const sum = (pick: (file: (typeof files)[number]) => number): number =>
    files.reduce((total, file) => total + pick(file), 0) / rows;
  const [allocated, size] = [sum((file) => file.allocated), sum((file) => file.size)];
  const limit = `1.02 × ${leastBytes} bytes`;
  return [
    {
      subject: `all files of ${rows} compacted vectors of ${dims}, by allocated blocks`,
      value: allocated,
      unit: "bytes per row",
      ratios: { [limit]: (1.02 * leastBytes) / allocated, float32: (4 * dims) / allocated },
      bars: { [limit]: 1 },
      details: { "by length": size, segments, "rows compacted per second": (before * 1000) / took },
    },
  ];
}

/** What must be in the store: all ids, and the vectors of some. */
interface Expected {
  readonly ids: Set<number>;
  readonly some: Map<number, Float32Array>;
}

/** Appends batches of which a tenth replaces older rows, and deletes a tenth now and then. */
async function live(store: VectorStore, batch: number, batches: number): Promise<Expected> {
  const source = new ClipLike(3);
  const next = generator(5);
  const [all, some] = [new Set<number>(), new Map<number, Float32Array>()];
  for (let at = 0; at < batches; at++) {
    const rows = source.rows(batch);
    const ids = Float64Array.from({ length: batch }, (_, row) => at * batch + row);
    // Each takes the place of a different row of the batch before.
    if (at > 0) for (let row = 0; row < batch; row += 10) ids[row] = (at - 1) * batch + row + 1;
    await store.append(ids, rows);
    for (const [row, id] of ids.entries()) {
      all.add(id);
      if (id % 50 < 2) some.set(id, rows.slice(row * dims, (row + 1) * dims));
    }
    if (at % 10 !== 9) continue;
    const deleted = [...all].filter(() => next() % 10 === 0);
    assert.equal(await store.delete(Float64Array.from(deleted)), deleted.length);
    for (const id of deleted) {
      all.delete(id);
      some.delete(id);
    }
  }
  return { ids: all, some };
}
