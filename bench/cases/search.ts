import assert from "node:assert/strict";
import type { Context } from "../context.ts";
import { Reading, type Scanner, type ScannerName, withScanner } from "../contestants.ts";
import { dims, dot } from "../data.ts";
import { type Dataset, assertRight, openStore, query, queryCount, subjectOf } from "../dataset.ts";
import { type Measurement, milliseconds, race } from "../measurement.ts";
import type { SearchHits, VectorStore } from "../store.ts";

/** A peer, how much of the data it bears (times are compared per row), and by how much we want to be faster. */
interface Rival {
  readonly name: ScannerName;
  readonly rows?: number;
  readonly bar?: number;
}

const rivals: readonly Rival[] = [
  { name: "numpy", bar: 3.5 },
  { name: "faiss", bar: 3.5 },
  { name: "usearch", bar: 5 },
  { name: "sqlite-vec", rows: 100_000 },
  { name: "lancedb", rows: 100_000 },
];

/** One query and one thread, warm: against reading the same bytes, and against flat scans of float32 rows. */
export async function benchSearch(context: Context): Promise<Measurement[]> {
  const data = await context.dataset();
  const store = openStore(data, 1);
  const measurements: Measurement[] = [];
  for (const k of [10, 100]) {
    await assertRight(data, store, k);
    if (context.check) await assertExact(data, store, k);
    measurements.push(await againstReading(context, data, store, k));
  }
  for (const rival of context.check ? [] : rivals) {
    const rows = rival.rows ?? data.rows;
    await withScanner(context, rival.name, data, rows, async (scanner) => {
      for (const k of [10, 100]) {
        measurements.push(await againstScanner(context, data, store, scanner, { ...rival, rows }, k));
      }
    });
  }
  store.close();
  return measurements;
}

/** What the store finds is what float64 products of the stored vectors say, but for the rounding to float32. */
async function assertExact(data: Dataset, store: VectorStore, k: number): Promise<void> {
  const stored = Array.from({ length: data.rows }, (_, id) => store.vector(id) as Float32Array);
  for (let at = 0; at < queryCount; at += 8) {
    const [answer] = (await store.search(query(data, at), k)) as [SearchHits];
    const scores = stored.map((vector) => dot(data.queries, at * dims, vector, 0));
    const best = scores.toSorted((a, b) => b - a);
    for (const [rank, id] of answer.ids.entries()) {
      const [found, score, expected] = [answer.scores[rank], scores[id], best[rank]] as [number, number, number];
      assert.ok(Math.abs(found - score) < 1e-6 && Math.abs(score - expected) < 1e-6, `rank ${rank}: row ${id}`);
    }
  }
}

async function againstReading(context: Context, data: Dataset, store: VectorStore, k: number): Promise<Measurement> {
  await using reading = await Reading.start(context, data, 1);
  const { ours, read } = await race(2 * context.rounds, {
    ours: async () => milliseconds(() => store.search(query(data, 0), k)),
    read: async () => reading.milliseconds(),
  });
  const answers = await store.search(data.queries, k);
  const rescored = answers.reduce((sum, answer) => sum + answer.rescored, 0) / answers.length;
  return {
    subject: subjectOf(`top ${k}`, data, store),
    value: ours,
    unit: "ms",
    ratios: { "reading as many bytes": read / ours },
    bars: { "reading as many bytes": 1 / 1.25 },
    details: {
      data: data.label,
      "GB/s of the high planes": reading.bytes / ours / 1e6,
      "GB/s reading": reading.bytes / read / 1e6,
      "rows rescored, mean of 32 queries": rescored,
    },
  };
}

async function againstScanner(
  context: Context,
  data: Dataset,
  store: VectorStore,
  scanner: Scanner,
  rival: Rival & { rows: number },
  k: number,
): Promise<Measurement> {
  const { rows, bar } = rival;
  for (let at = 0; at < data.oracle.count; at++) {
    const [answer] = (await scanner.search(at, 1, k)).answers;
    data.oracle.assertRight(scanner.name, answer as SearchHits, at, k, (id) => id < rows);
  }
  const { ours, theirs } = await race(context.rounds, {
    ours: async () => milliseconds(() => store.search(query(data, 0), k)),
    theirs: async () => (await scanner.search(0, 1, k)).ms,
  });
  const peer = rows === data.rows ? scanner.name : `${scanner.name}, per row, from its time for ${rows} rows`;
  return {
    subject: subjectOf(`top ${k}`, data, store),
    value: ours,
    unit: "ms",
    ratios: { [peer]: theirs / rows / (ours / data.rows) },
    ...(bar !== undefined && { bars: { [peer]: bar } }),
    details: { "the peer's ms": theirs },
  };
}
