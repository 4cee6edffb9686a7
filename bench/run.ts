// `pnpm bench [CASE…] [--check] [--record]`: runs the cases and prints a line per measurement.
import { mkdirSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { benchIndex } from "./cases/index.ts";
import { benchKernels } from "./cases/kernels.ts";
import { benchSearch } from "./cases/search.ts";
import type { Measurement } from "./measurement.ts";

const cases = { kernels: benchKernels, search: benchSearch, index: benchIndex };

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { check: { type: "boolean", default: false }, record: { type: "boolean", default: false } },
});
const measurements: Measurement[] = [];
for (const [name, run] of Object.entries(cases)) {
  if (positionals.length > 0 && !positionals.includes(name)) continue;
  // One at a time, or they would measure each other.
  for (const measurement of await run(values.check)) {
    measurements.push(measurement);
    const { subject, value, unit, ratios } = measurement;
    const compared = Object.entries(ratios).map(([peer, ratio]) => `${ratio.toFixed(2)}× ${peer}`);
    process.stdout.write(`${name}: ${subject}: ${value.toPrecision(4)} ${unit}; ${compared.join(", ")}\n`);
  }
}
if (values.record) {
  const cpu = (cpus()[0]?.model ?? "unknown").trim();
  const machine = `${cpus().length}x ${cpu}`.replaceAll(/[^\w.]+/g, "-").toLowerCase();
  const directory = join(import.meta.dirname, "records", machine);
  mkdirSync(directory, { recursive: true });
  const file = join(directory, `${new Date().toISOString().slice(0, 10)}.json`);
  writeFileSync(
    file,
    `${JSON.stringify({ cpu, cores: cpus().length, node: process.version, measurements }, null, 2)}\n`,
  );
}
