import { expect, test } from "vitest";
import { inheritedFlags } from "../../src/threads/inherited-flags.ts";

test.each([
  [
    ["--conditions", "dev", "--no-warnings"],
    ["--conditions", "dev", "--no-warnings"],
  ],
  [["--conditions=dev", "--input-type=module", "-e", "code"], ["--conditions=dev"]],
  [["--input-type", "module", "--eval", "--no-code"], []],
  [["-p", "1", "--max-old-space-size=100"], ["--max-old-space-size=100"]],
  [["--inspect-brk=9229", "--watch", "--enable-source-maps"], ["--enable-source-maps"]],
])("of %j a child has %j", (flags, expected) => {
  expect(inheritedFlags(flags)).toEqual(expected);
});
