import { createInterface } from "node:readline/promises";
import { ClipfindError } from "@clipfind/core/errors";
import type { Context } from "./context.ts";

/** Asks a question on standard error, whose answer is yes unless a person says no. @throws ClipfindError ABORTED */
export async function ask(question: string, { stdin, stderr, signal }: Context): Promise<boolean> {
  const lines = createInterface({ input: stdin, output: stderr });
  const stop = new AbortController();
  // The terminal is in raw mode: Ctrl-C comes as a key, Ctrl-D as the end.
  lines.on("SIGINT", () => stop.abort());
  lines.on("close", () => stop.abort());
  try {
    const answer = await lines.question(`${question} [Y/n] `, { signal: AbortSignal.any([signal, stop.signal]) });
    return /^(?:y(?:es)?)?$/i.test(answer.trim());
  } catch (cause) {
    if (!stop.signal.aborted && !signal.aborted) throw cause;
    stderr.write("\n");
    throw new ClipfindError("ABORTED", "Stopped; nothing was indexed", { cause });
  } finally {
    lines.close();
  }
}
