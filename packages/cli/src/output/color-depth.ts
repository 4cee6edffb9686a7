import { isTerminal } from "../context.ts";

export const colorChoices = ["auto", "always", "never"] as const;
/** What --color says. */
export type ColorChoice = (typeof colorChoices)[number];

/** Bits of colour where someone wants colour and the stream is no terminal that could say how many it has. */
const forced = 8;

/**
 * Bits of colour to use on `stream`, 1 for none. The first that says something decides: --color (`choice`),
 * CLIPFIND_COLOR, NO_COLOR, CLICOLOR_FORCE, FORCE_COLOR, CLICOLOR=0, a file of settings (`set`), and at last whether the
 * stream is a terminal (docs/output.md). After "auto", as --color or CLIPFIND_COLOR, no file is asked.
 */
export function colorDepth(
  stream: NodeJS.WritableStream,
  env: Readonly<Record<string, string | undefined>>,
  choice?: ColorChoice,
  set?: ColorChoice,
): number {
  // Node would heed some of these itself, in an order of its own.
  const { CLIPFIND_COLOR, NO_COLOR, CLICOLOR_FORCE, FORCE_COLOR, CLICOLOR, NODE_DISABLE_COLORS: _, ...others } = env;
  const own = isTerminal(stream) ? stream.getColorDepth(others) : 1;
  const said = choice ?? colorChoices.find((each) => each === CLIPFIND_COLOR);
  if (said !== undefined && said !== "auto") return said === "always" ? Math.max(own, forced) : 1;
  if (NO_COLOR) return 1;
  if (CLICOLOR_FORCE !== undefined && CLICOLOR_FORCE !== "0") return Math.max(own, forced);
  if (FORCE_COLOR !== undefined) return depthOf(FORCE_COLOR, own);
  if (CLICOLOR === "0") return 1;
  if (said !== undefined || set === undefined || set === "auto") return own;
  return set === "always" ? Math.max(own, forced) : 1;
}

/** FORCE_COLOR as Node and chalk read it: 0 is none, 1, 2 and 3 are 16, 256 and 16 million colours. */
function depthOf(value: string, own: number): number {
  const depth = { "0": 1, false: 1, "1": 4, "2": 8, "3": 24 }[value];
  return depth ?? Math.max(own, forced);
}
