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
 * time of its stages explains all that the system counted. Mini model, 20,000 small drawings (--rows for fewer, --large for
 * 100,000). Linux only.
 */
export async function benchMemory({ check, large, rows }: Context): Promise<Measurement[]> {
  if (process.platform !== "linux") return [];
  const directory = mkdtempSync(join(tmpdir(), "clipfind-bench-"));
  try {
    const photos = join(directory, "photos");
    const count = check ? 120 : large ? 100_000 : Math.min(rows, 20_000);
    makePhotos(photos, count);
    const args = [mainFile, "index", photos, "--library", join(directory, "library"), "--json", "-j", "2"];
    // The shell counts the CPU time of everything below it.
    const shell = spawn("bash", ["-c", 'TIMEFORMAT="cpu %U %S"; time "$@"', "bash", process.execPath, ...args]);
    const output = { stdout: "", stderr: "" };
    shell.stdout.setEncoding("utf8").on("data", (text: string) => (output.stdout += text));
    shell.stderr.setEncoding("utf8").on("data", (text: string) => (output.stderr += text));
    const samples: Memory[] = [];
    const sampling = setInterval(() => samples.push(memoryBelow(shell.pid as number)), interval);
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
    const peak = Math.max(0, ...samples.map(({ resident }) => resident));
    const quarter = Math.floor(samples.length / 4);
    const quarters = { second: samples.slice(quarter, 2 * quarter), last: samples.slice(3 * quarter) };
    const medians = (["second", "last"] as const).flatMap((name) =>
      (["resident", "anonymous"] as const).map((kind) => [
        `median of the ${name} quarter, ${kind}, MB`,
        median(quarters[name].map((sample) => sample[kind])) / 1e6,
      ]),
    );
    return [
      {
        subject: `peak resident memory of the whole run, two workers, ${count} drawings, mini model`,
        value: peak / 1e6,
        unit: "MB",
        ratios: { "1.5 GB": 1.5e9 / peak },
        bars: { "1.5 GB": 1 },
        details: {
          ...Object.fromEntries(medians),
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

/** Bytes in memory. */
interface Memory {
  readonly resident: number;
  /** Those of it that no file is mapped to. */
  readonly anonymous: number;
}

/** Of all processes below `pid`. Pages that they share count once for each. */
function memoryBelow(pid: number): Memory {
  return childrenOf(pid)
    .flatMap((child) => [memoryOf(child), memoryBelow(child)])
    .reduce((sum, of) => ({ resident: sum.resident + of.resident, anonymous: sum.anonymous + of.anonymous }), nothing);
}

const nothing: Memory = { resident: 0, anonymous: 0 };

function memoryOf(pid: number): Memory {
  try {
    const status = readFileSync(`/proc/${pid}/status`, "latin1");
    const bytes = (field: string): number => 1024 * Number(new RegExp(`${field}:\\s+(\\d+)`).exec(status)?.[1] ?? 0);
    return { resident: bytes("VmRSS"), anonymous: bytes("RssAnon") };
  } catch {
    return nothing;
  }
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}
