import { expect, test } from "vitest";
import { fitted } from "../../src/preview/fitted.ts";
import { gridLayout, readGridSize } from "../../src/preview/grid-layout.ts";
import { sideBySide } from "../../src/preview/side-by-side.ts";

test.each([
  ["4x3", { columns: 4, rows: 3 }],
  ["1X1", { columns: 1, rows: 1 }],
  ["99×99", { columns: 99, rows: 99 }],
  ["0x3", undefined],
  ["4x0", undefined],
  ["100x1", undefined],
  ["4", undefined],
  ["x", undefined],
  ["", undefined],
  ["-1x2", undefined],
  ["4x3x2", undefined],
])("--grid %j", (text, size) => {
  expect(readGridSize(text)).toEqual(size);
});

test.each([
  [
    { columns: 4, rows: 3 },
    { columns: 80, rows: 24 },
    { starts: [0, 20, 40, 60], width: 18, height: 5 },
  ],
  [
    { columns: 1, rows: 1 },
    { columns: 80, rows: 24 },
    { starts: [0], width: 80, height: 21 },
  ],
  // Fewer columns than asked for, where they would be too narrow to show anything.
  [
    { columns: 50, rows: 2 },
    { columns: 20, rows: 24 },
    { starts: [0, 7, 14], width: 5, height: 9 },
  ],
  [
    { columns: 2, rows: 99 },
    { columns: 80, rows: 24 },
    { starts: [0, 41], width: 39, height: 1 },
  ],
  [
    { columns: 3, rows: 3 },
    { columns: 1, rows: 1 },
    { starts: [0], width: 1, height: 1 },
  ],
])("%j on %j", (size, screen, layout) => {
  expect(gridLayout(size, screen)).toEqual(layout);
});

test("no tile leaves the screen, on screens of any width", () => {
  for (let width = 1; width <= 200; width++) {
    for (const columns of [1, 2, 3, 7, 99]) {
      const layout = gridLayout({ columns, rows: 2 }, { columns: width, rows: 24 });
      expect(layout.starts.at(-1)! + layout.width).toBeLessThanOrEqual(width);
      expect(layout.width).toBeGreaterThanOrEqual(1);
    }
  }
});

test.each([
  ["abc", 5, "abc  "],
  ["abc", 3, "abc"],
  ["abcd", 3, "ab…"],
  ["abcd", 1, "…"],
  ["abcd", 0, ""],
  ["", 2, "  "],
  ["日本語", 6, "日本語"],
  ["日本語", 5, "日本…"],
  // Half of a wide character is none.
  ["日本語", 4, "日… "],
  ["👩‍👩‍👧x", 3, "👩‍👩‍👧x"],
  ["👩‍👩‍👧xyz", 3, "👩‍👩‍👧…"],
  ["e\u0301e\u0301e\u0301", 2, "e\u0301…"],
])("%j in %i columns", (text, width, expected) => {
  expect(fitted(text, width)).toBe(expected);
});

test.each([
  ["a/b/picture.jpg", 8, "…ure.jpg"],
  ["日本語", 4, " …語"],
  ["abc", 4, "abc "],
])("%j in %i columns, by its end", (text, width, expected) => {
  expect(fitted(text, width, { cutsBeginning: true })).toBe(expected);
});

const esc = "\u001b";

test("pictures beside each other: room first, each from its column, the cursor below all", () => {
  const text = sideBySide([
    { drawing: { columns: 2, rows: 2, lines: ["aa", "bb"] }, column: 0 },
    { drawing: { columns: 3, rows: 3, sequence: "<S>", before: "<B>" }, column: 4 },
    { drawing: { columns: 1, rows: 1, lines: ["c"] }, column: 9 },
  ]);
  expect(text).toBe(`<B>\n\n\n${esc}[3A\raa${esc}[B\rbb${esc}[1A\r${esc}[4C${esc}7<S>${esc}8\r${esc}[9Cc\r${esc}[3B`);
  expect(sideBySide([])).toBe("");
});
