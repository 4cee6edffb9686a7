// Starts Node again and again for a benchmark that holds a lot of memory: to start a process from there takes 20 ms longer
// than from a shell, which copies fewer pages' entries. `node stopwatch.ts` answers lines like {"args":["-e","0"]} with the
// time until that process has ended, in its own environment.
import { spawnSync } from "node:child_process";
import { createInterface } from "node:readline";

answer({ version: process.version });

for await (const line of createInterface({ input: process.stdin })) {
  const { args } = JSON.parse(line) as { args: string[] };
  const started = performance.now();
  const { status, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
  answer({ ms: performance.now() - started, status, stderr });
}

function answer(value: object): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}
