import { expect, test } from "vitest";
import { protectFilters } from "../src/protect-filters.ts";

test.each([
  [
    ["cat", "-tag:New York"],
    ["cat", "NOT", "tag:New York"],
  ],
  [
    ["-in:a", "--json", "-n", "3", "-"],
    ["NOT", "in:a", "--json", "-n", "3", "-"],
  ],
  [
    ["-t:x", "-tag", "--tag", "x"],
    ["-t:x", "-tag", "--tag", "x"],
  ],
  [
    ["-5 degrees", "-cat dog", "--format=a b", "--in", "-x"],
    [" -5 degrees", " -cat dog", "--format=a b", "--in", "-x"],
  ],
  [
    ["--", "-tag:x"],
    ["--", "-tag:x"],
  ],
])("the words %j reach the parser of options as %j", (words, expected) => {
  expect(protectFilters(words)).toEqual(expected);
});
