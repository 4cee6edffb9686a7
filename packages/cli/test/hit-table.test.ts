import { hostname } from "node:os";
import { sep } from "node:path";
import { PassThrough } from "node:stream";
import fc from "fast-check";
import stringWidth from "string-width";
import { expect, test } from "vitest";
import { hitLines } from "../src/output/hit-lines.ts";
import { type TableSettings, hitTable } from "../src/output/hit-table.ts";
import { printsHyperlinks } from "../src/output/hyperlink.ts";
import { shortenMiddle } from "../src/output/shorten-middle.ts";
import { terminalWidth } from "../src/output/terminal-width.ts";
import { hitAt } from "./ranked-hit.ts";

const plain: TableSettings = { cwd: "/photos", width: undefined, isColored: false, links: false, cutoff: 0.5 };
const hits = [
  hitAt("/photos/camera/100_0412/IMG_1145.jpg", { score: 0.5733, confidence: 0.998 }),
  hitAt("/photos/旅行/東京タワーの夜景と家族の写真.jpg", { score: 0.3, confidence: 0.5, copies: ["/x"] }),
  hitAt("/else/a\u001b.jpg", { score: -0.0501, confidence: 0.004 }),
];

test.skipIf(sep !== "/")(
  "a terminal whose width is not known, or large, gets bar, confidence, score and whole path",
  () => {
    const lines = [
      "████████  99 %   0.573  camera/100_0412/IMG_1145.jpg",
      "████      50 %   0.300  旅行/東京タワーの夜景と家族の写真.jpg  (+1 copy)",
      String.raw`           0 %  -0.050  /else/a\x1b.jpg`,
    ];
    expect(hitTable(hits, plain)).toEqual(lines);
    expect(hitTable(hits, { ...plain, width: 200 })).toEqual(lines);
  },
);

test.skipIf(sep !== "/").each([
  [
    60,
    [
      "████████  99 %   0.573  camera/100_0412/IMG_1145.jpg",
      "████      50 %   0.300  旅行/東…と家族の写真.jpg  (+1 copy)",
      String.raw`           0 %  -0.050  /else/a\x1b.jpg`,
    ],
  ],
  [
    40,
    [
      " 0.573  camera/100_0412/IMG_1145.jpg",
      " 0.300  旅行/東京タ…夜景と家族の写真.jpg",
      String.raw`-0.050  /else/a\x1b.jpg`,
    ],
  ],
  [30, [" 0.573  camera/…2/IMG_1145.jpg", " 0.300  旅行/東…家族の写真.jpg", String.raw`-0.050  /else/a\x1b.jpg`]],
  [1, ["ca…5.jpg", "旅….jpg", "/e…b.jpg"]],
])("%i columns: what does not fit goes, the middle of the path last", (width, lines) => {
  expect(hitTable(hits, { ...plain, width })).toEqual(lines);
});

test("without confidences the bar shows the score, without scores there is only the path", () => {
  const settings = { ...plain, cutoff: undefined, isColored: true };
  expect(hitTable([hitAt("/photos/a.jpg", { score: 0.787 })], settings)).toEqual([
    "\u001b[32m██████▎ \u001b[39m   0.787  a.jpg",
  ]);
  expect(hitTable([hitAt("/photos/a.jpg", { score: undefined })], settings)).toEqual(["a.jpg"]);
  expect(hitTable([], settings)).toEqual([]);
});

test("strong photos are green and weaker ones yellow, in a pipe only where someone insists", () => {
  const lines = hitTable(hits, { ...plain, isColored: true });
  expect(lines.map((line) => line.slice(0, 5))).toEqual(["\u001b[32m", "\u001b[32m", "\u001b[33m"]);
  expect(hitLines(hits.slice(2), "/photos")).toEqual([String.raw`-0.050  /else/a\x1b.jpg`]);
  expect(hitLines(hits.slice(2), "/photos", { cutoff: 0.5 })).toEqual([
    `\u001b[33m-0.050\u001b[39m  ${String.raw`/else/a\x1b.jpg`}`,
  ]);
});

test.skipIf(sep !== "/")("a link leads to the file, whatever its path is shortened to", () => {
  const [line] = hitTable([hitAt("/photos/a b;\u0007.jpg", { score: undefined })], { ...plain, links: true, width: 1 });
  const url = `file://${hostname()}/photos/a%20b%3B%07.jpg`;
  expect(line).toBe(`\u001b]8;;${url}\u001b\\a …7.jpg\u001b]8;;\u001b\\`);
});

test("a shortened text is never wider than asked for, and keeps its ends", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme", maxLength: 60 }), fc.integer({ min: 8, max: 40 }), (text, columns) => {
      const short = shortenMiddle(text, columns);
      if (stringWidth(text) <= columns) {
        expect(short).toBe(text);
        return;
      }
      expect(stringWidth(short)).toBeLessThanOrEqual(columns);
      const [head, tail] = [short.slice(0, short.lastIndexOf("…")), short.slice(short.lastIndexOf("…") + 1)];
      expect(text.startsWith(head) && text.endsWith(tail)).toBe(true);
    }),
  );
});

const terminal = (columns: number): NodeJS.WritableStream => Object.assign(new PassThrough(), { isTTY: true, columns });

test("the width is COLUMNS, else the terminal's; of a pipe there is none", () => {
  expect(terminalWidth(terminal(80), {})).toBe(80);
  expect(terminalWidth(terminal(80), { COLUMNS: "40" })).toBe(40);
  for (const COLUMNS of ["0", "-1", "", "wide", "1e3"]) expect(terminalWidth(terminal(80), { COLUMNS })).toBe(80);
  expect(terminalWidth(terminal(0), { COLUMNS: "0" })).toBeUndefined();
  expect(terminalWidth(new PassThrough(), { COLUMNS: "40" })).toBeUndefined();
});

test.each([
  [{ TERM: "xterm-256color" }, false],
  [{ TERM: "xterm-kitty" }, true],
  [{ TERM: "foot" }, true],
  [{ TERM: "xterm-256color", VTE_VERSION: "7600" }, true],
  [{ TERM: "xterm-256color", VTE_VERSION: "5000" }, false],
  [{ TERM: "xterm-256color", KONSOLE_VERSION: "230800" }, true],
  [{ TERM: "xterm-256color", TERM_PROGRAM: "iTerm.app", TERM_PROGRAM_VERSION: "3.5.0" }, true],
  [{ TERM: "xterm-256color", TERM_PROGRAM: "iTerm.app", TERM_PROGRAM_VERSION: "3.0.15" }, false],
  [{ TERM: "xterm-256color", TERM_PROGRAM: "vscode", TERM_PROGRAM_VERSION: "1.71.2" }, false],
  [{ TERM: "xterm-256color", TERM_PROGRAM: "WezTerm", TERM_PROGRAM_VERSION: "20240203-110809-5046fc22" }, true],
  [{ TERM: "xterm-256color", TERM_PROGRAM: "Apple_Terminal" }, false],
  [{ TERM: "tmux-256color", TERM_PROGRAM: "tmux", TERM_PROGRAM_VERSION: "3.4", VTE_VERSION: "7600" }, true],
  [{ TERM: "screen", VTE_VERSION: "7600" }, false],
  [{ TERM: "xterm-kitty", CI: "true" }, false],
  [{ TERM: "dumb", WT_SESSION: "x" }, false],
  [{ TERM: "xterm", FORCE_HYPERLINK: "1" }, true],
  [{ TERM: "xterm-kitty", FORCE_HYPERLINK: "0" }, false],
])("of a terminal that says %j links are expected: %s", (env, expected) => {
  expect(printsHyperlinks(terminal(80), env, "auto")).toBe(expected);
  expect(printsHyperlinks(terminal(80), env, "always")).toBe(true);
  expect(printsHyperlinks(terminal(80), env, "never")).toBe(false);
  expect(printsHyperlinks(new PassThrough(), env, "always")).toBe(false);
});
