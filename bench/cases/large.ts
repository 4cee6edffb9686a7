import type { Context } from "../context.ts";
import { Reading } from "../contestants.ts";
import { dims } from "../data.ts";
import type { Measurement } from "../measurement.ts";
import { race } from "../measurement.ts";
import { OwnProcess } from "../own.ts";
import { measureOpening } from "./open.ts";

const memoryLimit = 200e6;

/** Ten million vectors: does time grow with the rows and memory not, and is it open at once? Only with --large. */
export async function benchLarge(context: Context): Promise<Measurement[]> {
  if (!context.check && !context.large) {
    context.skip("large", "it takes 11 GB of disk and page cache; --large runs it");
    return [];
  }
  const rows = context.check ? 20_000 : 10_000_000;
  const [small, large] = [await context.dataset(), await context.dataset(rows, false)];
  const measurements: Measurement[] = [
    {
      subject: `making it: ${rows} durable rows, sealed every 262144`,
      value: (rows * 1000) / large.appendMs,
      unit: "rows/s",
      ratios: {},
    },
  ];
  for (const threads of [1, 2]) {
    await using few = await OwnProcess.start(small, threads);
    await using many = await OwnProcess.start(large, threads);
    await using reading = await Reading.start(context, large, threads);
    for (const k of [10, 100]) {
      let [memory, rescored] = [0, 0];
      for (let at = 0; at < large.oracle.count; at++) {
        const answer = await many.search(at, k);
        large.oracle.assertRight("the store", answer, at, k);
        [memory, rescored] = [Math.max(memory, answer.memory), answer.rescored];
      }
      const best = await race(context.rounds, {
        few: async () => (await few.search(0, k)).ms,
        many: async () => (await many.search(0, k)).ms,
        read: async () => reading.milliseconds(),
      });
      measurements.push({
        subject: `top ${k} of ${rows} × ${dims}, ${threads === 1 ? "one thread" : `${threads} threads`}`,
        value: best.many,
        unit: "ms",
        ratios: {
          [`${small.rows} rows, per row`]: best.few / small.rows / (best.many / rows),
          "reading as many bytes": best.read / best.many,
          "200 MB of memory beside the files": memoryLimit / memory,
        },
        // Linear, but for what two runs differ by.
        bars: {
          [`${small.rows} rows, per row`]: 0.9,
          "reading as many bytes": 1 / 1.25,
          "200 MB of memory beside the files": 1,
        },
        details: { "memory of the whole process, MB": memory / 1e6, "rows rescored": rescored },
      });
    }
  }
  return [...measurements, ...(await measureOpening(context, large))];
}
