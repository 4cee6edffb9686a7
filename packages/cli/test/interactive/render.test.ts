import { stripVTControlCharacters } from "node:util";
import stringWidth from "string-width";
import { describe, expect, test } from "vitest";
import type { Event } from "../../src/interactive/events.ts";
import { screenLayout } from "../../src/interactive/layout.ts";
import { render } from "../../src/interactive/render.ts";
import { initialState, type State } from "../../src/interactive/state.ts";
import { step } from "../../src/interactive/step.ts";
import { hitsAt } from "./hits.ts";

function stateAfter(columns: number, rows: number, ...events: readonly Event[]): State {
  return events.reduce((state, event) => step(state, event)[0], initialState(columns, rows));
}

/** What people see: no escape sequences, and no blanks at the ends of lines. */
const seen = (state: State, canPreview = false): string[] =>
  render(state, "/p", canPreview).lines.map((line) => stripVTControlCharacters(line).trimEnd());

const typed = (text: string): Event => ({ type: "text", text });
const pressed = (key: Extract<Event, { type: "key" }>["key"]): Event => ({ type: "key", key });
const found = (search: number, ...paths: string[]): Event => ({
  type: "found",
  search,
  hits: hitsAt(...paths),
  about: `${paths.length} photos`,
});

const keysLine = "Enter open  Tab mark  ^S similar  ^Y copy  ^E export  ^T preview  Esc quit";

test("at the beginning: what to do", () => {
  const state = initialState(80, 8);
  expect(seen(state)).toEqual([
    ">",
    "",
    "Type what the photos show: a red car at night",
    "Not quite: black cat + 0.5:night - dog      In a folder: in:holiday sunset",
    "Ctrl-P and Ctrl-N bring back earlier queries, Ctrl-U empties the line.",
    "",
    "",
    keysLine,
  ]);
  expect(render(state, "/p", false).cursor).toEqual({ row: 0, column: 2 });
});

test("hits: score and path from here, which is selected and which are marked", () => {
  const state = stateAfter(80, 8, typed("cat"), found(1, "/p/a.jpg", "/p/x/b.jpg", "/q/c.jpg"), pressed("tab"));
  expect(seen(state)).toEqual([
    "> cat",
    " * 0.900  a.jpg",
    ">  0.890  x/b.jpg",
    "   0.880  /q/c.jpg",
    "",
    "",
    "3 photos, 1 marked",
    keysLine,
  ]);
  const { lines, cursor } = render(state, "/p", false);
  expect(lines[2]).toBe(`\u001b[7m${">  0.890  x/b.jpg".padEnd(80)}\u001b[0m`);
  expect(cursor).toEqual({ row: 0, column: 5 });
});

test.each([
  ["while it searches", [], "searching…"],
  ["with an error", [{ type: "failed", search: 1, text: "Expected\n a folder" }], "Expected a folder"],
  [
    "with a note",
    [found(1), { type: "told", message: { kind: "note", text: "copied: a\u001b[31mb" } }],
    "copied: a\\x1b[31mb",
  ],
  ["with nothing found", [found(1)], "0 photos"],
] as const)("the line of messages %s", (_, events, expected) => {
  expect(seen(stateAfter(80, 8, typed("cat"), ...(events as readonly Event[])))[6]).toBe(expected);
});

test("a photo to which others are like stands in the line of the query", () => {
  const state = stateAfter(80, 8, typed("cat"), found(1, "/p/a.jpg"), pressed("ctrl-s"));
  expect(seen(state)[0]).toBe("like /p/a.jpg >");
  expect(render(state, "/p", false).cursor).toEqual({ row: 0, column: 16 });
});

test("the name of a file is asked for in the line of messages", () => {
  const state = stateAfter(80, 8, typed("cat"), found(1, "/p/a.jpg"), pressed("ctrl-e"), typed("x.txt"));
  expect(seen(state)[6]).toBe("1 path into file (none: print): x.txt");
  expect(render(state, "/p", false).cursor).toEqual({ row: 6, column: 37 });
});

test("names cannot drive the terminal, and long ones show their ends", () => {
  const long = `/p/${"d/".repeat(40)}end.jpg`;
  const state = stateAfter(
    30,
    6,
    typed("x"),
    found(1, "/p/a\u001b[2J\u202e.jpg", long, "/p/日本語の写真です日本語.jpg"),
  );
  expect(seen(state).slice(1, 4)).toEqual([
    ">  0.900  a\\x1b[2J\\u202e.jpg",
    "   0.890  …d/d/d/d/d/d/end.jpg",
    "   0.880   …写真です日本語.jpg",
  ]);
});

test("a long query shows the part around the cursor", () => {
  const state = stateAfter(20, 3, typed("abcdefghijklmnopqrstuvwxyz"));
  expect(seen(state)[0]).toBe("> …klmnopqrstuvwxyz");
  expect(render(state, "/p", false).cursor).toEqual({ row: 0, column: 19 });
  const back = stateAfter(20, 3, typed("abcdefghijklmnopqrstuvwxyz"), ...Array<Event>(26).fill(pressed("left")));
  expect(seen(back)[0]).toBe("> abcdefghijklmnopq…");
  expect(render(back, "/p", false).cursor).toEqual({ row: 0, column: 2 });
});

describe("the picture's place", () => {
  const state = (columns: number, rows: number): State => stateAfter(columns, rows, typed("x"), found(1, "/p/a.jpg"));

  test("is beside the list, on screens that are large enough", () => {
    const frame = render(state(80, 24), "/p", true);
    expect(frame.preview).toEqual({ row: 1, column: 44, columns: 36, rows: 21 });
    expect(frame.lines.slice(1, 22).map((line) => stringWidth(line))).toEqual(Array(21).fill(43));
    expect(render(state(49, 24), "/p", true).preview).toBeUndefined();
    expect(render(state(80, 8), "/p", true).preview).toBeUndefined();
    expect(render(state(300, 50), "/p", true).preview?.columns).toBe(100);
  });

  test("is the list's where pictures are not wanted, cannot be shown, or there are none", () => {
    expect(render(state(80, 24), "/p", false).preview).toBeUndefined();
    expect(render(stateAfter(80, 24), "/p", true).preview).toBeUndefined();
    expect(
      render(stateAfter(80, 24, typed("x"), found(1, "/p/a.jpg"), pressed("ctrl-t")), "/p", true).preview,
    ).toBeUndefined();
  });
});

test("on screens of any size there are as many lines as rows, each as wide as it may be, and the cursor is on it", () => {
  const paths = Array.from({ length: 30 }, (_, index) => `/p/日本語 ${"x".repeat(index * 5)} 👩‍👩‍👧 e\u0301.jpg`);
  const query = typed("日本語 a 👩‍👩‍👧 query that goes on");
  const events: readonly (readonly Event[])[] = [
    [],
    [query],
    [query, found(1, ...paths), pressed("tab")],
    [query, found(1, ...paths), pressed("end"), pressed("ctrl-s")],
    [query, found(1, ...paths), pressed("ctrl-e"), typed("日本語/a very long name of a file.txt")],
    [query, { type: "failed", search: 1, text: "Expected 日本語 to be something else" }],
  ];
  for (let columns = 1; columns <= 200; columns += columns < 40 ? 1 : 16) {
    for (const rows of [1, 2, 3, 5, 6, 24]) {
      for (const list of events) {
        const frame = render(stateAfter(columns, rows, ...list), "/p", true);
        const { listColumns, listRows } = screenLayout(columns, rows, frame.preview !== undefined);
        expect(frame.lines.map((line) => stringWidth(line))).toEqual(
          Array.from({ length: rows }, (_, row) => (row >= 1 && row <= listRows ? listColumns : columns)),
        );
        expect(frame.cursor.column).toBeLessThan(columns);
        expect(frame.cursor.row).toBeLessThan(rows);
      }
    }
  }
});
