import { expect, test } from "vitest";
import { clipfind } from "../support/clipfind.ts";

test.each([
  [["--limt", "5", "cat"], "clipfind has no option --limt; did you mean --limit?"],
  [["gc", "--aply"], "clipfind gc has no option --aply; did you mean --apply?"],
  [["gc", "--frobnicate"], "clipfind gc has no option --frobnicate\n`clipfind gc --help` says what it takes."],
  [["--frobnicate"], "clipfind has no option --frobnicate\nA word of a query that begins with a dash goes after --."],
  [["models", "pul"], 'clipfind models has no command "pul"; did you mean pull?'],
  [["models", "x"], 'clipfind models has no command "x"\n`clipfind models --help` says what it takes.'],
  [
    ["library"],
    "clipfind library needs a command\n`clipfind --help` lists all; `clipfind search library` searches for the words.",
  ],
  [
    ["library", "of", "books"],
    'clipfind library has no command "of"\n`clipfind --help` lists all; `clipfind search library of books` searches for the words.',
  ],
  [["import", "rclib"], 'clipfind import has no command "rclib"; did you mean rclip?'],
  [["status", "now"], 'clipfind status does not take "now"\n`clipfind status --help` says what it takes.'],
  [
    ["models", "info"],
    "clipfind models info needs more than that\nUsage: clipfind models info <ID>\n`clipfind models info --help` says what it takes.",
  ],
])("%j is told what is wrong and what is near, on standard error, exit 2", async (args, expected) => {
  expect(await clipfind(args)).toEqual({ code: 2, signal: null, stdout: "", stderr: `clipfind: ${expected}\n` });
});
