import { expect, test } from "vitest";
import { commandNames } from "../src/command-names.ts";
import { mistakenCommand } from "../src/mistaken-command.ts";

test.each([
  ["indx", "index"],
  ["idnex", "index"],
  ["indexx", "index"],
  ["Index", "index"],
  ["STATUS", "status"],
  ["statue", "status"],
  ["models", undefined],
  ["model", "models"],
  ["complétions", "completions"],
  ["in", undefined],
  ["indices", undefined],
  ["gx", undefined],
  ["map", undefined],
  ["", undefined],
])("%j is perhaps the command %j", (word, command) => expect(mistakenCommand(word)).toBe(command));

test("no command is taken for another", () => {
  // The first of these is one letter from the second.
  const near = new Map([["import", "export"]]);
  for (const name of commandNames) expect(near.get(name) ?? mistakenCommand(name)).toBe(near.get(name));
});
