import { expect, test } from "vitest";
import { emptyLine, eraseAfter, eraseBefore, eraseWord, insert, lineOf, move } from "../../src/interactive/line.ts";

test("text goes in where the cursor is", () => {
  expect(insert(emptyLine, "ab")).toEqual({ text: "ab", cursor: 2 });
  expect(insert({ text: "ab", cursor: 1 }, "日")).toEqual({ text: "a日b", cursor: 2 });
});

test("what is pasted is one line: ends of lines, tabs and escapes are blanks; what is beyond 2000 is left out", () => {
  expect(insert(emptyLine, "a\r\nb\tc\u001b[31md\u2028e").text).toBe("a b c [31md e");
  expect(insert(emptyLine, "x".repeat(5000)).text).toHaveLength(2000);
  expect(insert(lineOf("x".repeat(1999)), "👩‍👩‍👧").text).toBe("x".repeat(1999));
  expect(insert(lineOf("x".repeat(2000)), "y")).toEqual(lineOf("x".repeat(2000)));
});

test.each([
  ["nothing", "", [0, 0]],
  ["letters", "ab", [1, 0]],
  ["a wide letter", "日本", [1, 0]],
  ["a letter with an accent of its own", "ae\u0301", [1, 0]],
  ["a family", "a👩‍👩‍👧", [1, 0]],
])("the cursor goes over what people see as one: %s", (_, text, stops) => {
  const once = move(lineOf(text), -1);
  const twice = move(once, -1);
  expect([once.cursor, twice.cursor]).toEqual(stops);
  expect(move(move(twice, 1), 1)).toEqual(lineOf(text));
  expect(move(lineOf(text), 1)).toEqual(lineOf(text));
});

test("characters are erased whole, on both sides, and nothing beyond the ends", () => {
  expect(eraseBefore(lineOf("a👩‍👩‍👧"))).toEqual(lineOf("a"));
  expect(eraseBefore({ text: "ab", cursor: 0 })).toEqual({ text: "ab", cursor: 0 });
  expect(eraseAfter({ text: "e\u0301b", cursor: 0 })).toEqual({ text: "b", cursor: 0 });
  expect(eraseAfter(lineOf("ab"))).toEqual(lineOf("ab"));
});

test.each([
  ["a red car", "a red "],
  ["a red  ", "a "],
  ["car", ""],
  ["", ""],
])("Ctrl-W in %j leaves %j", (text, kept) => {
  expect(eraseWord(lineOf(text))).toEqual(lineOf(kept));
});

test("Ctrl-W leaves what is behind the cursor", () => {
  expect(eraseWord({ text: "red car night", cursor: 7 })).toEqual({ text: "red  night", cursor: 4 });
});
