import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The built command line. */
export const mainFile = fileURLToPath(new URL("../../packages/cli/dist/bundle/main.js", import.meta.url));

/** Whether another user can run the command at all: a checkout below someone's private folder is closed to them. */
export function canRun(uid: number): boolean {
  return spawnSync(process.execPath, [mainFile, "--version"], { uid, gid: uid }).status === 0;
}

export interface Run {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: Record<string, string>;
  /** Runs as this user, where the tests run as the administrator, who may read everything. */
  readonly uid?: number | undefined;
  /** Another build of it than that of the checkout. */
  readonly mainFile?: string;
  /** Sees the child right after its start, to kill it for example. */
  readonly started?: (child: ChildProcess) => void;
}

/** Runs the built `clipfind` as a process of its own, with a clean environment and the Node of the tests. */
export function clipfind(args: readonly string[], options: RunOptions = {}): Promise<Run> {
  const { PATH = "", HOME = "" } = process.env;
  const child = spawn(process.execPath, [options.mainFile ?? mainFile, ...args], {
    cwd: options.cwd,
    ...(options.uid !== undefined && { uid: options.uid, gid: options.uid }),
    env: {
      PATH,
      HOME,
      NO_COLOR: "1",
      NODE_COMPILE_CACHE: join(tmpdir(), "clipfind-tests-compiled"),
      // Nobody's own settings and cache count.
      XDG_CACHE_HOME: join(tmpdir(), "clipfind-tests-cache"),
      XDG_CONFIG_HOME: join(tmpdir(), "clipfind-tests-no-settings"),
      ...options.env,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  options.started?.(child);
  const output = { stdout: "", stderr: "" };
  child.stdout.setEncoding("utf8").on("data", (text: string) => (output.stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (output.stderr += text));
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) => resolve({ code, signal, ...output }));
  });
}
