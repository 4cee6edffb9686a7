import { Cli } from "clipanion";
import { expect, test } from "vitest";
import { SearchCommand } from "../src/commands/search.ts";
import type { Context } from "../src/context.ts";
import { plainSearch } from "../src/plain-search.ts";

const context: Context = {
  ...Cli.defaultContext,
  colorDepth: 1,
  cwd: "/",
  env: {},
  signal: new AbortController().signal,
  hasReader: () => true,
  settings: { values: new Map(), warnings: [] },
};

/** The fields that a command line sets. */
function fields(command: object | undefined): object | undefined {
  return command && { ...command, context: undefined, path: undefined, help: undefined };
}

test.each([
  [["a", "cat", "behind a corner"]],
  [["-"]],
  [["cat", "", "-"]],
  [["cat", "-n", "3", "--json"]],
  [["--limit", "3", "cat", "-n", "4"]],
  [["-l", "cat", "-0"]],
  [["--library", "/a b", "--model", "m", "cat"]],
  [["--cutoff", "auto", "cat"]],
  [["--cutoff", "0.25", "cat"]],
  [["--in", "a", "cat", "--in", "b", "--tag", "x y", "--tag", "z"]],
  [["in:holiday", "NOT", "tag:x"]],
  [["cat", "--preview", "-q", "-v", "--color", "never", "--log-format", "json"]],
  [["--grid", "4x3", "cat", "--csv", "--format", "{path}", "--html", "a.html"]],
  [["--open", "-y", "cat", "--copy-to", "a", "--link-to", "b", "--numbered", "--hyperlink", "always"]],
  [["--json", "--json", "cat", "--jsonl", "--files"]],
  [["--limit=3", "cat", "--in=a=b", "--library=", "--cutoff=0.5", "--format=-\n"]],
  [["cat", "--no-json", "--no-index", "--index"]],
])("%j is read as clipanion reads it", (words) => {
  const command = plainSearch(words, context);
  expect(command).toBeInstanceOf(SearchCommand);
  expect(fields(command)).toEqual(fields(Cli.from<Context>([SearchCommand]).process([...words], context)));
});

test.each([
  [[]],
  [["--json"]],
  [["--in", "a"]],
  [["--", "cat"]],
  [["cat", "-n3"]],
  [["cat", "-l0"]],
  [["cat", "--nonsense"]],
  [["cat", "-5"]],
  [["cat", "-h"]],
  [["cat", "--help"]],
  [["cat", "-n"]],
  [["cat", "-n", "--json"]],
  [["cat", "-n", "none"]],
  [["cat", "-n", "0"]],
  [["cat", "--cutoff", "2"]],
  [["cat", "--preview=kitty"]],
  [["cat", "--json=yes"]],
  [["cat", "--no-limit"]],
  [["cat", "--nonsense=3"]],
  [["cat", "--color", "blue"]],
])("%j is left to clipanion", (words) => {
  expect(plainSearch(words, context)).toBeUndefined();
});
