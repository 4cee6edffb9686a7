import { isTerminal } from "../context.ts";

/**
 * Columns to print in: COLUMNS where it is a number from 1 up, else what the terminal says. Undefined where there is no
 * terminal, or none that knows: then nothing is shortened.
 */
export function terminalWidth(
  stream: NodeJS.WritableStream,
  env: Readonly<Record<string, string | undefined>>,
): number | undefined {
  if (!isTerminal(stream)) return undefined;
  const { COLUMNS = "" } = env;
  if (/^[1-9]\d{0,5}$/.test(COLUMNS)) return Number(COLUMNS);
  return stream.columns > 0 ? stream.columns : undefined;
}
