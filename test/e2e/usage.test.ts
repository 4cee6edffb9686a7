import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { clipfind } from "../support/clipfind.ts";
import { copyDrawings } from "../support/drawings.ts";
import { temporaryDirectory } from "../support/temporary-directory.ts";

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

test("a word alone that is nearly a command is searched for, and the command named; what cannot be meant so is not", async () => {
  const [library, photos] = [temporaryDirectory(), temporaryDirectory()];
  copyDrawings(photos, 0, 3);
  const run = (...args: string[]) => clipfind(args, { cwd: photos, env: { CLIPFIND_LIBRARY: library } });
  const note = 'clipfind: searching for "indx"; did you mean `clipfind index`?\n';
  // Also where there is nothing to search yet, which is when it happens.
  expect(await run("indx")).toEqual({
    code: 2,
    signal: null,
    stdout: "",
    stderr: expect.stringContaining(note) as string,
  });
  expect(await run("index", ".")).toMatchObject({ code: 0 });
  const mini =
    "clipfind: using the mini model that ships with clipfind: it knows drawings, not photographs\n" +
    "For photographs get a CLIP model: `clipfind models pull`, then index with --model (docs/models.md).\n";
  const found = (await run("search", "indx")).stdout;
  expect(found).not.toBe("");
  const told = { code: 0, signal: null, stdout: found, stderr: `${note}${mini}` };
  const silent = { ...told, stderr: mini };
  expect(await run("indx")).toEqual(told);
  // One that clipanion reads.
  expect(await run("--", "indx")).toEqual(told);
  expect(await run("search", "indx")).toEqual(silent);
  expect(await run("indx", "--ext", "jpg")).toMatchObject({ stderr: mini });
  expect(await run("indx", "cards")).toMatchObject({ stderr: mini });
  expect(await run("indx", "--quiet")).toEqual({ ...told, stderr: "" });
  const [first] = (await run("indx", "--log-format", "json")).stderr.split("\n");
  expect(JSON.parse(first as string)).toEqual({
    level: "info",
    message: 'searching for "indx"; did you mean `clipfind index`?',
  });
  writeFileSync(join(photos, "indx"), "a file");
  expect(await run("indx")).toEqual(silent);
});
