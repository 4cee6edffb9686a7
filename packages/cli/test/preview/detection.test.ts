import { PassThrough } from "node:stream";
import { expect, test } from "vitest";
import { chosenProtocol } from "../../src/preview/chosen-protocol.ts";
import { detectProtocol } from "../../src/preview/detect-protocol.ts";
import { previewTerminal } from "../../src/preview/preview-terminal.ts";
import { isWholeAnswer, readAnswers } from "../../src/preview/terminal-answers.ts";

test.each([
  ["kitty", { TERM: "xterm-kitty", KITTY_WINDOW_ID: "1" }, "kitty", undefined],
  ["kitty over ssh", { TERM: "xterm-kitty" }, "kitty", undefined],
  ["Ghostty", { TERM: "xterm-ghostty", TERM_PROGRAM: "ghostty" }, "kitty", undefined],
  ["Ghostty over ssh", { TERM: "xterm-ghostty" }, "kitty", undefined],
  ["Warp", { TERM: "xterm-256color", TERM_PROGRAM: "WarpTerminal" }, "kitty", undefined],
  ["Konsole", { TERM: "xterm-256color", KONSOLE_VERSION: "220401" }, "kitty", undefined],
  ["an old Konsole", { TERM: "xterm-256color", KONSOLE_VERSION: "211203" }, undefined, undefined],
  ["iTerm2", { TERM: "xterm-256color", TERM_PROGRAM: "iTerm.app" }, "iterm", undefined],
  ["iTerm2 over ssh", { TERM: "xterm-256color", LC_TERMINAL: "iTerm2" }, "iterm", undefined],
  ["WezTerm", { TERM: "xterm-256color", TERM_PROGRAM: "WezTerm", WEZTERM_PANE: "0" }, "iterm", undefined],
  ["VS Code", { TERM: "xterm-256color", TERM_PROGRAM: "vscode" }, "iterm", undefined],
  ["mintty", { TERM: "xterm", TERM_PROGRAM: "mintty" }, "iterm", undefined],
  ["foot", { TERM: "foot" }, "sixel", undefined],
  ["mlterm", { TERM: "mlterm-256color" }, "sixel", undefined],
  ["a VTE, which must be asked", { TERM: "xterm-256color", VTE_VERSION: "7600" }, undefined, undefined],
  ["Windows Terminal, which must be asked", { WT_SESSION: "x" }, undefined, undefined],
  ["xterm, which must be asked", { TERM: "xterm" }, undefined, undefined],
  ["macOS' Terminal", { TERM: "xterm-256color", TERM_PROGRAM: "Apple_Terminal" }, "blocks", undefined],
  ["the Linux console", { TERM: "linux" }, "blocks", undefined],
  ["a dumb terminal", { TERM: "dumb" }, "off", undefined],
  ["nothing", {}, undefined, undefined],
  [
    "kitty in tmux",
    { TERM: "tmux-256color", TMUX: "/x,1,0", TERM_PROGRAM: "tmux", KITTY_WINDOW_ID: "1" },
    "kitty",
    "tmux",
  ],
  ["Konsole in tmux", { TERM: "tmux-256color", TMUX: "/x,1,0", KONSOLE_VERSION: "230800" }, "blocks", "tmux"],
  ["iTerm2 in tmux", { TERM: "screen-256color", TMUX: "/x,1,0", LC_TERMINAL: "iTerm2" }, "iterm", "tmux"],
  ["tmux, which must be asked", { TERM: "tmux-256color", TMUX: "/x,1,0", TERM_PROGRAM: "tmux" }, undefined, "tmux"],
  ["iTerm2 in screen", { TERM: "screen.xterm-256color", STY: "1.x", LC_TERMINAL: "iTerm2" }, "iterm", "screen"],
  ["kitty in screen, which screen breaks", { TERM: "screen", STY: "1.x", KITTY_WINDOW_ID: "1" }, "blocks", "screen"],
])("%s", (_, env, protocol, multiplexer) => {
  expect(detectProtocol(env)).toEqual({ protocol, multiplexer });
});

const esc = "\u001b";
const screen = { columns: 80, rows: 24 };

test.each([
  ["a cell, a window and sixels", `${esc}[6;20;10t${esc}[4;480;800t${esc}[?62;4;22c`, { width: 10, height: 20 }, true],
  ["a window only: it is divided", `${esc}[4;384;640t${esc}[?1;2c`, { width: 8, height: 16 }, false],
  ["zeros, as from a tab in the background", `${esc}[6;0;0t${esc}[4;0;0t${esc}[?62c`, undefined, false],
  [
    "a cell of zeros, a window that is none",
    `${esc}[6;0;0t${esc}[4;384;640t${esc}[?62;4c`,
    { width: 8, height: 16 },
    true,
  ],
  ["absurd sizes", `${esc}[6;9999;9999t${esc}[?64;14c`, undefined, false],
  ["the class 4 alone, which is no sixel", `${esc}[?4c`, undefined, false],
  ["what was typed meanwhile", `ab${esc}[Ac${esc}[6;18;9t${esc}[?62;4c`, { width: 9, height: 18 }, true],
  ["nothing", "", undefined, false],
])("a terminal that answers %s", (_, text, cell, hasSixel) => {
  expect(readAnswers(text, screen)).toEqual({ cell, hasSixel });
  expect(isWholeAnswer(text)).toBe(text !== "");
});

test("into a pipe no pictures go, whatever the terminal around it is", async () => {
  const streams = {
    stdin: new PassThrough(),
    stdout: new PassThrough(),
    env: { KITTY_WINDOW_ID: "1" },
    colorDepth: 24,
  };
  for (const wanted of ["auto", "kitty", "blocks", "off"] as const) {
    expect(await previewTerminal(streams, wanted)).toBeUndefined();
  }
});

test("the option counts before CLIPFIND_PREVIEW, that before what a file sets, and that before what is detected", () => {
  const chosen = (env: Record<string, string>, option?: string | boolean, set?: string): string => {
    const value = set === undefined ? [] : [["preview", { value: set, source: "user", from: "config.toml" }] as const];
    return chosenProtocol({ env, settings: { values: new Map(value), warnings: [] } }, option);
  };
  expect(chosen({})).toBe("auto");
  expect(chosen({ CLIPFIND_PREVIEW: "" })).toBe("auto");
  expect(chosen({ CLIPFIND_PREVIEW: "sixel" })).toBe("sixel");
  expect(chosen({ CLIPFIND_PREVIEW: "sixel" }, true)).toBe("sixel");
  expect(chosen({ CLIPFIND_PREVIEW: "sixel" }, "Kitty")).toBe("kitty");
  expect(chosen({}, true, "blocks")).toBe("blocks");
  expect(chosen({ CLIPFIND_PREVIEW: "" }, undefined, "off")).toBe("off");
  expect(chosen({ CLIPFIND_PREVIEW: "sixel" }, true, "blocks")).toBe("sixel");
  expect(chosen({}, "auto", "blocks")).toBe("auto");
  expect(() => chosen({}, "gif")).toThrow(
    'Expected --preview to be one of auto, kitty, iterm, sixel, blocks, off, found "gif"',
  );
  expect(() => chosen({ CLIPFIND_PREVIEW: "gif" })).toThrow(
    'Expected CLIPFIND_PREVIEW to be one of auto, kitty, iterm, sixel, blocks, off, found "gif"',
  );
});
