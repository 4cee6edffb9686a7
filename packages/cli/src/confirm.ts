import { createInterface } from "node:readline";
import { ClipfindError } from "@clipfind/core/errors";
import { type Context, isTerminal } from "./context.ts";

/**
 * Asks on the terminal. An empty answer is what is `usually` said; anything else but y and yes is no, and so is the end of
 * the input. Undefined where there is no terminal that could answer.
 * @param stopped - what is to be told on Ctrl-C
 * @throws ClipfindError ABORTED on Ctrl-C
 */
export async function confirm(
  { stdin, stderr, signal }: Context,
  question: string,
  { usually, stopped }: { readonly usually: boolean; readonly stopped: string },
): Promise<boolean | undefined> {
  if (!isTerminal(stderr) || !("isTTY" in stdin && stdin.isTTY === true)) return undefined;
  stderr.write(`${question} ${usually ? "[Y/n]" : "[y/N]"} `);
  // Not as a terminal: that would keep Ctrl-C from us.
  const lines = createInterface({ input: stdin, terminal: false });
  try {
    return await new Promise((resolve, reject) => {
      lines.once("line", (line) => resolve(line.trim() === "" ? usually : /^\s*y(es)?\s*$/i.test(line)));
      lines.once("close", () => resolve(false));
      signal.addEventListener("abort", () => reject(new ClipfindError("ABORTED", stopped)), { once: true });
    });
  } finally {
    lines.close();
  }
}
