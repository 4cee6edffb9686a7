import type { BaseContext } from "clipanion";
import type { SettingsInForce } from "./config/settings-in-force.ts";

/** What a command sees of the outside world; tests pass their own. */
export interface Context extends BaseContext {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
  /** Whether anybody still reads standard output, as far as is known. */
  readonly hasReader: () => boolean;
  /** What files and environment set; nothing for commands that use none of it. */
  readonly settings: SettingsInForce;
}

/** Whether a stream is a terminal, and how wide. */
export function isTerminal(stream: NodeJS.WritableStream): stream is NodeJS.WriteStream {
  return "isTTY" in stream && stream.isTTY === true;
}
