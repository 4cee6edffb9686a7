import { spawnSync } from "node:child_process";
import { cpus, release, totalmem, type } from "node:os";
import { join } from "node:path";

/** What ran a benchmark, for its record. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly system: string;
  readonly node: string;
  readonly rust: string;
  /** The commit, and whether files differ from it. */
  readonly commit: string;
}

export function machine(): Machine {
  return {
    cpu: (cpus()[0]?.model ?? "unknown").trim(),
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    system: `${type()} ${release()}`,
    node: process.version,
    rust: said("rustc", "--version"),
    commit: said("git", "describe", "--always", "--dirty", "--exclude=*"),
  };
}

function said(command: string, ...args: string[]): string {
  const { status, stdout } = spawnSync(command, args, { cwd: join(import.meta.dirname, ".."), encoding: "utf8" });
  return status === 0 ? stdout.trim() : "unknown";
}
