import type { PreviewProtocol } from "./preview-protocol.ts";

/** What the environment tells of the terminal. */
export interface DetectedTerminal {
  /** "off": it shows nothing but text. Undefined: the environment does not say; the terminal must be asked. */
  readonly protocol: PreviewProtocol | "off" | undefined;
  /** What stands between this program and the terminal, and must be told to let pictures through. */
  readonly multiplexer: "tmux" | "screen" | undefined;
}

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Which pictures the terminal shows, by the variables that terminals set. Those that only show sixels mostly set none,
 * and are to be asked (terminal-answers.ts). Of several ways the one that is drawn best there is taken. (The package
 * supports-terminal-graphics knows neither multiplexers nor foot, and only this process's environment.)
 */
export function detectProtocol(env: Environment): DetectedTerminal {
  const term = env["TERM"] ?? "";
  const multiplexer = multiplexerOf(env, term);
  if (term === "dumb") return { protocol: "off", multiplexer };
  const protocol = outermost(env, term);
  if (multiplexer === "screen") return { protocol: protocol === "iterm" ? "iterm" : "blocks", multiplexer };
  // In tmux a kitty picture is placed by characters, which only two terminals know (kitty-picture.ts).
  if (multiplexer === "tmux" && protocol === "kitty" && !hasPlaceholders(env, term)) {
    return { protocol: "blocks", multiplexer };
  }
  // tmux draws sixels itself, where it can: it is asked.
  if (multiplexer === "tmux" && protocol === "sixel") return { protocol: undefined, multiplexer };
  return { protocol, multiplexer };
}

function multiplexerOf(env: Environment, term: string): DetectedTerminal["multiplexer"] {
  if (env["TMUX"] || term.startsWith("tmux")) return "tmux";
  return env["STY"] || term.startsWith("screen") ? "screen" : undefined;
}

function outermost(env: Environment, term: string): PreviewProtocol | undefined {
  if (hasPlaceholders(env, term)) return "kitty";
  // Konsole writes 22.04 as 220400.
  if (Number.parseInt(env["KONSOLE_VERSION"] ?? "", 10) >= 220_400) return "kitty";
  if (env["WEZTERM_PANE"] || env["LC_TERMINAL"] === "iTerm2") return "iterm";
  const program = programs[(env["TERM_PROGRAM"] ?? "").toLowerCase()];
  if (program !== undefined) return program;
  if (/^(?:foot|mlterm|yaft|contour)/.test(term)) return "sixel";
  return term === "linux" ? "blocks" : undefined;
}

function hasPlaceholders(env: Environment, term: string): boolean {
  if (env["KITTY_WINDOW_ID"] || env["KITTY_PID"] || env["GHOSTTY_RESOURCES_DIR"]) return true;
  if (/^xterm-(?:kitty|ghostty)/.test(term)) return true;
  return ["kitty", "ghostty"].includes((env["TERM_PROGRAM"] ?? "").toLowerCase());
}

/** By TERM_PROGRAM. */
const programs: Readonly<Record<string, PreviewProtocol>> = {
  warpterminal: "kitty",
  "iterm.app": "iterm",
  wezterm: "iterm",
  mintty: "iterm",
  vscode: "iterm",
  rio: "iterm",
  tabby: "iterm",
  hyper: "iterm",
  apple_terminal: "blocks",
};
