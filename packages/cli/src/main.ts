#!/usr/bin/env node
import { readFileSync } from "node:fs";
import { Cli } from "clipanion";
import { runCli } from "./cli.ts";
import { exitCode } from "./exit-code.ts";
import { colorDepth } from "./output/color-depth.ts";

const { version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as { version: string };

const interrupt = new AbortController();
process.on("SIGINT", () => {
  // The first Ctrl-C ends the run in good order; who presses it again does not want to wait.
  if (interrupt.signal.aborted) process.exit(exitCode.interrupted);
  process.stderr.write("\nclipfind: stopping; press Ctrl-C again to stop at once\n");
  interrupt.abort();
});
process.on("SIGTERM", () => interrupt.abort());
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  // `clipfind … | head` has read enough: not a failure.
  if (error.code === "EPIPE") process.exit(exitCode.ok);
  throw error;
});

process.exitCode = await runCli(
  process.argv.slice(2),
  {
    ...Cli.defaultContext,
    colorDepth: colorDepth(process.stdout, process.env),
    cwd: process.cwd(),
    env: process.env,
    signal: interrupt.signal,
  },
  version,
);
