import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { appendFileSync, copyFileSync, mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { mainFile } from "../../test/support/clipfind.ts";
import { copyDrawings } from "../../test/support/drawings.ts";
import { childrenOf } from "../../test/support/processes.ts";
import type { Context } from "../context.ts";
import type { Measurement } from "../measurement.ts";

/** Milliseconds between two looks at the memory. */
const interval = 500;

/** What the command prints with --json, as far as it is used here. */
interface Report {
  readonly encoded: number;
  readonly failed: number;
  readonly encodeMs: number;
  readonly stages: Readonly<Record<string, number>>;
}

/**
 * Memory of a whole index run with two workers (the command and its encoders), whether it grows, and whether the CPU
 * time of its stages explains all that the system counted. Mini model, 20,000 small drawings (--rows for fewer). Linux only.
 */
export async function benchMemory({ check, rows }: Context): Promise<Measurement[]> {
  if (process.platform !== "linux") return [];
  const directory = mkdtempSync(join(tmpdir(), "clipfind-bench-"));
  try {
    const photos = join(directory, "photos");
    const count = check ? 120 : Math.min(rows, 20_000);
    makePhotos(photos, count);
    const args = [mainFile, "index", photos, "--library", join(directory, "library"), "--json", "-j", "2"];
    // The shell counts the CPU time of everything below it.
    const shell = spawn("bash", ["-c", 'TIMEFORMAT="cpu %U %S"; time "$@"', "bash", process.execPath, ...args]);
    const output = { stdout: "", stderr: "" };
    shell.stdout.setEncoding("utf8").on("data", (text: string) => (output.stdout += text));
    shell.stderr.setEncoding("utf8").on("data", (text: string) => (output.stderr += text));
    const samples: number[] = [];
    const sampling = setInterval(() => samples.push(rssBelow(shell.pid as number)), interval);
    await once(shell, "close");
    clearInterval(sampling);

    const report = JSON.parse(output.stdout) as Report;
    // A few of the drawings are copies of another.
    assert.equal(report.failed, 0, output.stderr);
    assert.ok(report.encoded >= count - 5, `${report.encoded} encoded`);
    const [, user, system] = /cpu ([\d.]+) ([\d.]+)/.exec(output.stderr) ?? [];
    const total = 1000 * (Number(user) + Number(system));
    const explained = Object.values(report.stages).reduce((a, b) => a + b, 0);
    const stages = Object.fromEntries(
      Object.entries(report.stages).map(([stage, ms]) => [`${stage}, ms CPU per photo`, ms / count]),
    );
    const peak = Math.max(0, ...samples);
    const quarter = Math.floor(samples.length / 4);
    const [second, last] = [samples.slice(quarter, 2 * quarter), samples.slice(3 * quarter)].map(median);
    return [
      {
        subject: `peak resident memory of the whole run, two workers, ${count} drawings, mini model`,
        value: peak / 1e6,
        unit: "MB",
        ratios: { "1.5 GB": 1.5e9 / peak },
        bars: { "1.5 GB": 1 },
        details: {
          "median of the second quarter, MB": (second as number) / 1e6,
          "median of the last quarter, MB": (last as number) / 1e6,
          "photos per second": (report.encoded * 1000) / report.encodeMs,
        },
      },
      {
        subject: `CPU time of the whole run as the system counts it, per photo, ${count} drawings, mini model`,
        value: total / count,
        unit: "ms",
        ratios: { "what the stages explain": total / explained },
        details: stages,
      },
    ];
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** `count` files of distinct content: drawings over and over, with a number behind the end of the image. */
function makePhotos(target: string, count: number): void {
  copyDrawings(target, 0, Math.min(count, 100));
  const names = readdirSync(target);
  for (let index = names.length; index < count; index++) {
    const path = join(target, `${index}.jpg`);
    copyFileSync(join(target, names[index % names.length] as string), path);
    appendFileSync(path, String(index));
  }
}

/** Resident bytes of all processes below `pid`. Pages that they share count once for each. */
function rssBelow(pid: number): number {
  return childrenOf(pid).reduce((sum, child) => sum + residentBytes(child) + rssBelow(child), 0);
}

function residentBytes(pid: number): number {
  try {
    return 1024 * Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "latin1"))?.[1] ?? 0);
  } catch {
    return 0;
  }
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}
