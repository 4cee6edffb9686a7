import { spawn, spawnSync } from "node:child_process";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { mainFile } from "./clipfind.ts";

/** Whether util-linux's `script` is here, which runs a command on a terminal of its own. */
export const hasTerminal = spawnSync("script", ["--version"]).stdout?.includes("util-linux") ?? false;

/** `what`, with the reason where it is skipped. */
export function needsTerminal(what: string): string {
  return hasTerminal ? what : `${what} (skipped: no util-linux script)`;
}

/** Runs `clipfind` on a terminal, which is given `keys` when it has printed `prompt`. Both outputs are one there. */
export function onTerminal(
  args: readonly string[],
  { cwd, env, prompt, keys = "" }: { cwd: string; env: Record<string, string>; prompt?: RegExp; keys?: string },
): Promise<{ code: number | null; output: string }> {
  const quoted = [process.execPath, mainFile, ...args].map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(" ");
  const { PATH = "", HOME = "" } = process.env;
  const child = spawn("script", ["-qec", quoted, "/dev/null"], {
    cwd,
    env: {
      PATH,
      HOME,
      NO_COLOR: "1",
      SHELL: "/bin/sh",
      NODE_COMPILE_CACHE: join(tmpdir(), "clipfind-tests-compiled"),
      XDG_CONFIG_HOME: join(tmpdir(), "clipfind-tests-no-settings"),
      ...env,
    },
    stdio: ["pipe", "pipe", "inherit"],
  });
  let output = "";
  let isAnswered = false;
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    output += text;
    if (prompt === undefined || isAnswered || !prompt.test(output)) return;
    isAnswered = true;
    child.stdin.write(keys);
  });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, output: plain(output) }));
  });
}

/** Without the codes that move the cursor and hide it. */
function plain(output: string): string {
  // oxlint-disable-next-line no-control-regex -- a terminal's
  return output.replaceAll(/\u001b\[[?\d;]*[A-Za-z]/g, "").replaceAll("\r\n", "\n");
}
