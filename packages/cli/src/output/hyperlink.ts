import { isTerminal } from "../context.ts";

export const hyperlinkChoices = ["auto", "always", "never"] as const;
/** What --hyperlink says. */
export type HyperlinkChoice = (typeof hyperlinkChoices)[number];

type Environment = Readonly<Record<string, string | undefined>>;

/** A text that leads to `url` where the terminal knows links (OSC 8). */
export function hyperlink(text: string, url: string): string {
  return `\u001b]8;;${url}\u001b\\${text}\u001b]8;;\u001b\\`;
}

/**
 * Whether to print links on `stream`: never into a pipe or a file; on a terminal as --hyperlink, then FORCE_HYPERLINK
 * say, else where it is one of those known to show them.
 */
export function printsHyperlinks(stream: NodeJS.WritableStream, env: Environment, choice: HyperlinkChoice): boolean {
  if (!isTerminal(stream) || choice === "never") return false;
  if (choice === "always") return true;
  const { FORCE_HYPERLINK } = env;
  return FORCE_HYPERLINK === undefined || FORCE_HYPERLINK === "" ? knowsHyperlinks(env) : FORCE_HYPERLINK !== "0";
}

/** Programs by TERM_PROGRAM, and the version from which on they show links. */
const programs: Readonly<Record<string, number>> = {
  "iTerm.app": 3.1,
  WezTerm: 20_200_620,
  vscode: 1.72,
  ghostty: 0,
  zed: 0,
  WarpTerminal: 0,
  Hyper: 2,
  tmux: 3.4,
};

/** What a terminal says of itself, as far as it says anything; xterm and the console of Linux say nothing, and know none. */
function knowsHyperlinks(env: Environment): boolean {
  const { TERM = "", TERM_PROGRAM = "", TERM_PROGRAM_VERSION = "" } = env;
  if (TERM === "dumb" || env["CI"] !== undefined) return false;
  const since = programs[TERM_PROGRAM];
  if (since !== undefined) return versionOf(TERM_PROGRAM_VERSION) >= versionOf(String(since));
  // What runs within screen or an old tmux has inherited the variables of another terminal.
  if (/^(screen|tmux)/.test(TERM)) return false;
  if (env["WT_SESSION"] !== undefined || env["DOMTERM"] !== undefined) return true;
  // 0.50 crashed on links.
  if (Number(env["VTE_VERSION"]) > 5000 || Number(env["KONSOLE_VERSION"]) >= 200_400) return true;
  return /^(alacritty|contour|foot|xterm-kitty|xterm-ghostty|wezterm)\b/.test(TERM);
}

/** "1.72.3" as a number that can be compared. */
function versionOf(version: string): number {
  const [major = 0, minor = 0] = version.split(/[.-]/).map((part) => Number.parseInt(part, 10) || 0);
  return major * 1000 + minor;
}
