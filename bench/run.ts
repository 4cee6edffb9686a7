// `pnpm bench [CASE…] [--check] [--large] [--rows N] [--record]`: runs the cases and prints a line per measurement.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { benchAppend } from "./cases/append.ts";
import { benchBatch } from "./cases/batch.ts";
import { benchCold } from "./cases/cold.ts";
import { benchCutoff } from "./cases/cutoff.ts";
import { benchDisk } from "./cases/disk.ts";
import { benchFilters } from "./cases/filters.ts";
import { benchIndex } from "./cases/index.ts";
import { benchKernels } from "./cases/kernels.ts";
import { benchLarge } from "./cases/large.ts";
import { benchMemory } from "./cases/memory.ts";
import { benchOpen } from "./cases/open.ts";
import { benchPipeline } from "./cases/pipeline.ts";
import { benchRescan } from "./cases/rescan.ts";
import { benchSearch } from "./cases/search.ts";
import { benchTextTower } from "./cases/text-tower.ts";
import { benchThreads } from "./cases/threads.ts";
import { benchTowers } from "./cases/towers.ts";
import { type Case, Context } from "./context.ts";
import { machine } from "./machine.ts";
import type { Measurement } from "./measurement.ts";

const cases: Readonly<Record<string, Case>> = {
  kernels: async ({ check }) => benchKernels(check),
  search: benchSearch,
  threads: benchThreads,
  filters: benchFilters,
  batch: benchBatch,
  append: benchAppend,
  disk: benchDisk,
  cutoff: benchCutoff,
  cold: benchCold,
  "text-tower": benchTextTower,
  index: async ({ check }) => benchIndex(check),
  towers: benchTowers,
  pipeline: benchPipeline,
  rescan: benchRescan,
  memory: benchMemory,
  large: benchLarge,
  open: benchOpen, // last: it empties the page cache
};

/** A measurement in a record. */
type Recorded = Measurement & { readonly case: string };

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    check: { type: "boolean", default: false },
    large: { type: "boolean", default: false },
    rows: { type: "string" },
    record: { type: "boolean", default: false },
  },
});
const unknown = positionals.filter((name) => !(name in cases));
if (unknown.length > 0) throw new Error(`no case ${unknown.join(", ")}; there are ${Object.keys(cases).join(", ")}`);

const rows = values.rows === undefined ? undefined : Number(values.rows);
if (rows !== undefined && !(Number.isInteger(rows) && rows >= 5_000))
  throw new Error("--rows takes a number from 5000");
using context = new Context({ ...values, rows });
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, () => {
    // It may hold gigabytes.
    context[Symbol.dispose]();
    process.exit(1);
  });
}
const measurements: Recorded[] = [];
for (const [name, run] of Object.entries(cases)) {
  if (positionals.length > 0 && !positionals.includes(name)) continue;
  // One at a time, or they would measure each other.
  for (const measurement of await run(context)) {
    measurements.push({ case: name, ...measurement });
    print(name, measurement);
  }
}
if (values.record) record();

function print(name: string, { subject, value, unit, ratios, bars, details }: Measurement): void {
  const compared = Object.entries(ratios).map(([peer, ratio]) => {
    const bar = bars?.[peer];
    // In small, figures mean nothing.
    const verdict = bar === undefined || context.check ? "" : ratio >= bar ? " ✓" : ` ✗ wanted ${bar.toPrecision(3)}×`;
    return `${ratio.toFixed(2)}× ${peer}${verdict}`;
  });
  const figure = unit === "rows/s" ? Math.round(value).toLocaleString("en") : value.toPrecision(4);
  process.stdout.write(`${name}: ${subject}: ${figure} ${unit}; ${compared.join(", ")}\n`);
  for (const [what, detail] of Object.entries(details ?? {})) {
    process.stdout.write(`    ${what}: ${typeof detail === "number" ? Number(detail.toPrecision(4)) : detail}\n`);
  }
}

/** Into the day's file of this machine, which keeps what cases that did not run now have there. */
function record(): void {
  const about = machine();
  const folder = `${about.cores}x ${about.cpu}`.replaceAll(/[^\w.]+/g, "-").toLowerCase();
  const directory = join(import.meta.dirname, "records", folder);
  mkdirSync(directory, { recursive: true });
  const date = new Date().toISOString();
  const file = join(directory, `${date.slice(0, 10)}.json`);
  const before = existsSync(file)
    ? (JSON.parse(readFileSync(file, "utf8")) as { measurements: Recorded[]; commands?: string[] })
    : { measurements: [] };
  const now = new Set(measurements.map((it) => it.case));
  const kept = before.measurements.filter((it) => it.case !== undefined && !now.has(it.case));
  const command = ["pnpm bench", ...process.argv.slice(2)].join(" ");
  const commands = [...(kept.length > 0 ? (before.commands ?? []) : []), command];
  const { skipped } = context;
  const content = { date, ...about, commands, skipped, measurements: [...kept, ...measurements] };
  writeFileSync(file, `${JSON.stringify(content, null, 2)}\n`);
}
