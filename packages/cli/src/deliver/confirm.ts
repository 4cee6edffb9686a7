import { createInterface } from "node:readline/promises";
import { type Context, isTerminal } from "../context.ts";

/** Asks on the terminal; undefined where there is none that could answer. */
export async function confirm({ stdin, stderr, signal }: Context, question: string): Promise<boolean | undefined> {
  if (!isTerminal(stderr) || !("isTTY" in stdin && stdin.isTTY === true)) return undefined;
  const terminal = createInterface({ input: stdin, output: stderr });
  try {
    return /^y(es)?$/i.test((await terminal.question(`${question} [y/N] `, { signal })).trim());
  } finally {
    terminal.close();
  }
}
