import { isTerminal } from "../context.ts";

/** Bits of colour to use on `stream`: 1 (none) unless it is a terminal and NO_COLOR is unset, or CLICOLOR_FORCE is set. */
export function colorDepth(stream: NodeJS.WritableStream, env: Readonly<Record<string, string | undefined>>): number {
  if (env["NO_COLOR"]) return 1;
  if (env["CLICOLOR_FORCE"] !== undefined && env["CLICOLOR_FORCE"] !== "0") return 8;
  return isTerminal(stream) ? stream.getColorDepth(env) : 1;
}
