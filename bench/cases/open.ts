import type { Context } from "../context.ts";
import { filesOf } from "../contestants.ts";
import { dims } from "../data.ts";
import type { Dataset } from "../dataset.ts";
import type { Measurement } from "../measurement.ts";
import { OwnProcess, evict } from "../own.ts";

const limitMs = 20;

/** Opening, in fresh processes. The last case: it drops the store's files from the page cache. */
export async function benchOpen(context: Context): Promise<Measurement[]> {
  return measureOpening(context, await context.dataset());
}

/** What opening a dataset's store takes warm and, where that can be had, cold; and the first searches after it. */
export async function measureOpening(context: Context, data: Dataset): Promise<Measurement[]> {
  const warm = await opened(data);
  for (let round = 1; round < context.rounds; round++) warm.ms = Math.min(warm.ms, (await opened(data)).ms);
  const measurements = [measurement(data, "page cache warm", warm)];
  if (evict(data.directory)) {
    const cold = await opened(data);
    const total = filesOf(data.directory).reduce((sum, { size }) => sum + size, 0);
    const { subject, value, ...rest } = measurement(data, "page cache cold", cold);
    const ratios = { ...rest.ratios, "reading it all, in bytes": total / cold.bytesRead };
    // Room for what the system reads ahead behind the first page of each file.
    const bars = { ...rest.bars, "reading it all, in bytes": 10 };
    measurements.push({ ...rest, subject, value, ratios, bars });
  } else {
    context.skip("opening with a cold page cache", "GNU dd, which drops files from the page cache, is not here");
  }
  return measurements;
}

interface Opened {
  ms: number;
  readonly bytesRead: number;
  readonly searches: readonly number[];
}

async function opened(data: Dataset): Promise<Opened> {
  await using own = await OwnProcess.start(data, 1);
  const { ms, bytesRead } = own.opening;
  const searches: number[] = [];
  for (const query of [0, 1, 0]) {
    const answer = await own.search(query, 10);
    data.oracle.assertRight("the store in a fresh process", answer, query, 10);
    searches.push(answer.ms);
  }
  return { ms, bytesRead, searches };
}

function measurement(data: Dataset, cache: string, { ms, bytesRead, searches }: Opened): Measurement {
  return {
    subject: `opening ${data.rows} × ${dims} in a fresh process, ${cache}`,
    value: ms,
    unit: "ms",
    ratios: { [`${limitMs} ms`]: limitMs / ms },
    bars: { [`${limitMs} ms`]: 1 },
    details: {
      "bytes read from disk": bytesRead,
      "then three searches, ms": searches.map((it) => it.toPrecision(3)).join(", "),
    },
  };
}
