import { createInterface } from "node:readline";
import { ClipfindError } from "@clipfind/core/errors";
import { type Context, isTerminal } from "../context.ts";

/**
 * Asks on the terminal; anything but y and yes is no, and so is the end of the input. Undefined where there is no terminal
 * that could answer.
 * @throws ClipfindError ABORTED on Ctrl-C
 */
export async function confirm({ stdin, stderr, signal }: Context, question: string): Promise<boolean | undefined> {
  if (!isTerminal(stderr) || !("isTTY" in stdin && stdin.isTTY === true)) return undefined;
  stderr.write(`${question} [y/N] `);
  // Not as a terminal: that would keep Ctrl-C from us.
  const lines = createInterface({ input: stdin, terminal: false });
  try {
    return await new Promise((resolve, reject) => {
      lines.once("line", (line) => resolve(/^\s*y(es)?\s*$/i.test(line)));
      lines.once("close", () => resolve(false));
      signal.addEventListener("abort", () => reject(new ClipfindError("ABORTED", "Nothing was opened.")), {
        once: true,
      });
    });
  } finally {
    lines.close();
  }
}
