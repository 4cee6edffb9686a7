#!/usr/bin/env node
import { readFileSync } from "node:fs";
import { cacheCompiledCode } from "./compile-cache.ts";
import type { Context } from "./context.ts";
import { earlyOptions } from "./early-options.ts";
import { exitCode } from "./exit-code.ts";
import { colorDepth } from "./output/color-depth.ts";
import { renderedHelp } from "./output/rendered-help.ts";

const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
if (major < 22 || (major === 22 && minor < 14)) {
  // SQLite's binding crashes there, without a word.
  process.stderr.write(
    `clipfind needs Node 22.14 or newer, found ${process.version}. Install a current one from nodejs.org.\n`,
  );
  process.exit(exitCode.failure);
}

const { version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as {
  version: string;
};

if (process.argv.length === 3 && /^(-v|--version)$/.test(process.argv[2]!)) {
  process.stdout.write(`${version}\n`);
  process.exit(exitCode.ok);
}

const interrupt = new AbortController();
/** What a command that was stopped before its end exits with. */
let stoppedWith: number = exitCode.interrupted;
/** Whether messages are to be JSON. */
let isJson = false;
function stop(code: number): void {
  if (!interrupt.signal.aborted) stoppedWith = code;
  interrupt.abort();
}
process.on("SIGINT", () => {
  // The first Ctrl-C ends the run in good order; who presses it again does not want to wait.
  if (interrupt.signal.aborted) process.exit(exitCode.interrupted);
  const note = "stopping; press Ctrl-C again to stop at once";
  process.stderr.write(isJson ? `${JSON.stringify({ level: "info", message: note })}\n` : `\nclipfind: ${note}\n`);
  stop(exitCode.interrupted);
});
process.on("SIGTERM", () => stop(exitCode.terminated));
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  // `clipfind … | head` has read enough. What is printed from here on is lost, what is done is not.
  if (error.code !== "EPIPE") throw error;
  stop(exitCode.closed);
});
process.stderr.on("error", (error: NodeJS.ErrnoException) => {
  // Nobody listens: no reason to stop.
  if (error.code !== "EPIPE" && error.code !== "EIO") throw error;
});

// Not awaited: modules that the bundle puts beside this one wait for its end.
void main();

async function main(): Promise<never> {
  // As @clipfind/core sets it, which then need not load what tells it that this is the main thread.
  process.env["ORT_DISABLE_TELEMETRY"] = "1";
  cacheCompiledCode(process.env, process.platform);
  const { color, logFormat } = earlyOptions(process.argv.slice(2));
  isJson = logFormat === "json";
  const context = {
    // Made only where it is asked for, which takes Node two milliseconds.
    get stdin() {
      return process.stdin;
    },
    stdout: process.stdout,
    stderr: process.stderr,
    colorDepth: colorDepth(process.stdout, process.env, color),
    cwd: process.cwd(),
    env: process.env,
    signal: interrupt.signal,
    hasReader: () => stoppedWith !== exitCode.closed,
  };
  const code = toldHelp(context) ?? (await run(context));
  // At once: taking the model and the engine apart would take longer than answering a query.
  await Promise.all([process.stdout, process.stderr].map(flushed));
  return process.exit(code === exitCode.interrupted ? stoppedWith : code);
}

/** Answers a line that asks for the help of all commands, where the build has rendered it; undefined for all others. */
function toldHelp({ colorDepth: depth, stdout }: Omit<Context, "settings">): number | undefined {
  if (process.argv.length !== 3 || !/^(-h|--help)$/.test(process.argv[2]!)) return undefined;
  const help = renderedHelp(depth > 1);
  if (help !== undefined) stdout.write(help);
  return help === undefined ? undefined : exitCode.ok;
}

async function run(context: Omit<Context, "settings">): Promise<number> {
  // Loaded only now: an older Node would not get this far.
  const { runCli } = await import("./cli.ts");
  return runCli(process.argv.slice(2), context, version);
}

/** Resolves when all that was written to the stream has been handed to the system, or nobody reads it. */
function flushed(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    stream.write("", () => resolve());
  });
}
