import type { Context } from "../context.ts";
import { Reading } from "../contestants.ts";
import { assertRight, openStore, query, subjectOf } from "../dataset.ts";
import { type Measurement, milliseconds, race } from "../measurement.ts";

/** Two threads against one: the scan, and reading the same bytes, which says what memory leaves to be gained. */
export async function benchThreads(context: Context): Promise<Measurement[]> {
  const data = await context.dataset();
  const [one, two] = [openStore(data, 1), openStore(data, 2)];
  await assertRight(data, two, 100);
  await using readOne = await Reading.start(context, data, 1);
  await using readTwo = await Reading.start(context, data, 2);
  const best = await race(2 * context.rounds, {
    one: async () => milliseconds(() => one.search(query(data, 0), 10)),
    two: async () => milliseconds(() => two.search(query(data, 0), 10)),
    readOne: async () => readOne.milliseconds(),
    readTwo: async () => readTwo.milliseconds(),
  });
  const subject = subjectOf("top 10", data, two);
  one.close();
  two.close();
  return [
    {
      subject,
      value: best.two,
      unit: "ms",
      ratios: { "one thread": best.one / best.two, "reading as many bytes with two threads": best.readTwo / best.two },
      // No slower, but for what two runs of one thread differ by.
      bars: { "one thread": 0.95 },
      details: { "reading, two threads against one": best.readOne / best.readTwo },
    },
  ];
}
