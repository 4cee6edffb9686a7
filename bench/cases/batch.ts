import assert from "node:assert/strict";
import type { Context } from "../context.ts";
import { withScanner } from "../contestants.ts";
import { assertRight, openStore, query, queryCount, subjectOf } from "../dataset.ts";
import { type Measurement, milliseconds, race } from "../measurement.ts";
import type { SearchHits } from "../store.ts";

const k = 10;

/** 32 queries in one call against 32 calls, one thread. */
export async function benchBatch(context: Context): Promise<Measurement[]> {
  const data = await context.dataset();
  const store = openStore(data, 1);
  await assertRight(data, store, k);
  const single = async (): Promise<SearchHits[]> => {
    const answers: SearchHits[] = [];
    for (let at = 0; at < queryCount; at++) answers.push(...(await store.search(query(data, at), k)));
    return answers;
  };
  // Not one bit may depend on which queries share a pass.
  const [together, apart] = [await store.search(data.queries, k), await single()];
  for (const [at, { ids, scores }] of together.entries()) {
    assert.deepEqual([ids, scores], [apart[at]?.ids, apart[at]?.scores], `query ${at}`);
  }
  const rounds = Math.ceil(context.rounds / 2);
  const best = await race(rounds, {
    batch: async () => milliseconds(() => store.search(data.queries, k)),
    single: async () => milliseconds(single),
  });
  const measurement = {
    subject: `${queryCount} queries in one call, ${subjectOf(`top ${k}`, data, store)}`,
    value: best.batch / queryCount,
    unit: "ms per query",
    ratios: { "one query per call": best.single / best.batch },
    bars: { "one query per call": 3 },
  };
  const measurements: Measurement[] = [measurement];
  if (!context.check) {
    await withScanner(context, "faiss", data, data.rows, async (scanner) => {
      const { ours, theirs } = await race(rounds, {
        ours: async () => milliseconds(() => store.search(data.queries, k)),
        theirs: async () => (await scanner.search(0, queryCount, k)).ms,
      });
      const { answers } = await scanner.search(0, queryCount, k);
      for (let at = 0; at < data.oracle.count; at++) {
        data.oracle.assertRight(scanner.name, answers[at] as SearchHits, at, k);
      }
      const ratios = { [`${scanner.name}, the same batch`]: theirs / ours };
      measurements.push({ ...measurement, value: ours / queryCount, ratios, bars: {} });
    });
  }
  store.close();
  return measurements;
}
