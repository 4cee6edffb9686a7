import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import type { Context } from "../context.ts";
import { scanBench } from "../contestants.ts";
import { generator } from "../data.ts";
import { type Dataset, openStore, query, subjectOf } from "../dataset.ts";
import { type Measurement, milliseconds, race } from "../measurement.ts";
import type { SearchHits } from "../store.ts";

const k = 10;

/** A filter, the ids it allows, and how much faster than an unfiltered scan it is to be. */
interface Filtered {
  readonly name: string;
  readonly options: { among: Float64Array } | { ranges: Float64Array };
  readonly allowed: (id: number) => boolean;
  readonly bar: number;
}

/** Searches that may find 1 %, 10 % or half of the rows, against unfiltered ones; and where jumping begins to pay. */
export async function benchFilters(context: Context): Promise<Measurement[]> {
  const data = await context.dataset();
  const store = openStore(data, 1);
  const filters = [0.01, 0.1, 0.5].flatMap((part) => [contiguous(data.rows, part), random(data.rows, part)]);
  const scanned = new Map<string, number>();
  for (const { name, options, allowed } of filters) {
    for (let at = 0; at < data.oracle.count; at++) {
      const [answer] = (await store.search(query(data, at), k, options)) as [SearchHits];
      data.oracle.assertRight(name, answer, at, k, allowed);
      scanned.set(name, answer.scanned);
    }
  }
  const contestants = Object.fromEntries(
    filters.map(({ name, options }) => [
      name,
      async () => milliseconds(() => store.search(query(data, 0), k, options)),
    ]),
  );
  const best = await race<string>(context.rounds, {
    unfiltered: async () => milliseconds(() => store.search(query(data, 0), k)),
    ...contestants,
  });
  const unfiltered = best["unfiltered"] as number;
  const measurements: Measurement[] = filters.map(({ name, bar }) => ({
    subject: `${name}, ${subjectOf(`top ${k}`, data, store)}`,
    value: best[name] as number,
    unit: "ms",
    ratios: { "the unfiltered search": unfiltered / (best[name] as number) },
    bars: { "the unfiltered search": bar },
    details: { "rows scanned": scanned.get(name) as number },
  }));
  store.close();
  return [...measurements, crossover(context, data)];
}

function contiguous(rows: number, part: number): Filtered {
  const [first, last] = [Math.floor(rows / 3), Math.floor(rows / 3) + Math.ceil(rows * part) - 1];
  return {
    name: `${part * 100} % as one range of ids`,
    options: { ranges: Float64Array.of(first, last) },
    allowed: (id) => first <= id && id <= last,
    bar: part === 0.01 ? 10 : 1 / 1.1,
  };
}

function random(rows: number, part: number): Filtered {
  const next = generator(rows);
  const ids = Float64Array.from({ length: rows }, (_, id) => id).filter(() => next() / 2 ** 32 < part);
  const allowed = new Set(ids);
  return {
    name: `${part * 100} % as random ids`,
    options: { among: ids },
    allowed: (id) => allowed.has(id),
    bar: 1 / 1.1,
  };
}

/** What the Rust benchmark crates/store/benches/scan.rs says about filters that allow so many of each 64 rows. */
interface Density {
  readonly allowed: number;
  /** Milliseconds of a search, and how many rows it looked at: all of them, or those that are allowed. */
  readonly search: number;
  readonly scanned: number;
  readonly rows: number;
  /** Milliseconds of the kernel alone for rows that are allowed, and for all. */
  readonly jump: number;
  readonly all: number;
}

/** From how many allowed rows of 64 on it takes less time to score all of them: `DENSE` in crates/store/src/search.rs. */
function crossover(context: Context, data: Dataset): Measurement {
  const args = scanBench(context, ["dense", data.directory, String(context.rounds)]);
  const { status, stdout } = spawnSync("cargo", args, { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });
  assert.equal(status, 0, "cargo bench failed");
  const densities = stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Density);
  // All rows but a few of the last ones, which do not fill a word of 64.
  const scoredAll = densities.filter(({ scanned, rows }) => scanned > 0.95 * rows);
  const all = scoredAll.map(({ search }) => search).toSorted((a, b) => a - b)[Math.floor(scoredAll.length / 2)];
  const first = (found: Density | undefined): number | string => found?.allowed ?? "not in what was tried";
  const times = (pick: (density: Density) => number): string =>
    densities.map((density) => `${density.allowed}: ${pick(density).toPrecision(3)}`).join(", ");
  const kernel = densities.find((it) => it.jump >= it.all);
  // A search shows this only where it jumps; beyond that, the kernel alone has to do.
  const inSearch = densities.find((it) => !scoredAll.includes(it) && it.search >= (all as number));
  return {
    subject: "allowed rows of 64 from which scoring all of them costs less than jumping",
    value: (inSearch ?? kernel)?.allowed ?? 64,
    unit: "rows",
    ratios: {},
    details: {
      "in effect (DENSE)": first(scoredAll[0]),
      "by searches that jump": first(inSearch),
      "by the kernel alone": first(kernel),
      "ms of a search by allowed rows of 64": times(({ search }) => search),
      "jumping against scoring all, kernel alone": times((it) => it.jump / it.all),
    },
  };
}
