import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Effect, type Event, type Key, keys } from "../../src/interactive/events.ts";
import { screenLayout } from "../../src/interactive/layout.ts";
import { initialState, type State } from "../../src/interactive/state.ts";
import { step } from "../../src/interactive/step.ts";
import { hitsAt } from "./hits.ts";

const text = (typed: string): Event => ({ type: "text", text: typed });
const key = (pressed: Key): Event => ({ type: "key", key: pressed });
const found = (search: number, ...paths: string[]): Event => ({
  type: "found",
  search,
  hits: hitsAt(...paths),
  about: `${paths.length} photos`,
});

/** The state after the events, and the effects of the last of them. */
function after(...events: readonly Event[]): { state: State; effects: Effect[] } {
  let state = initialState(80, 24);
  let effects: Effect[] = [];
  for (const event of events) [state, ...effects] = step(state, event);
  return { state, effects };
}

const [a, b, c] = hitsAt("/p/a.jpg", "/p/b.jpg", "/p/c.jpg") as [never, never, never];
const three = [text("cat"), found(1, "/p/a.jpg", "/p/b.jpg", "/p/c.jpg")];

describe("searching", () => {
  test("every change of the text is a search with a number of its own", () => {
    const { state, effects } = after(text("ca"), text("t"));
    expect(effects).toEqual([{ type: "search", search: 2, asked: { kind: "words", text: "cat" } }]);
    expect(state).toMatchObject({ line: { text: "cat", cursor: 3 }, isSearching: true, search: 2 });
  });

  test("only the last search is answered; answers and errors of those before it come too late", () => {
    const late = after(text("ca"), text("t"), found(1, "/old.jpg"));
    expect(late.state.hits).toEqual([]);
    expect(late.state.isSearching).toBe(true);
    const lateError = after(text("ca"), text("t"), { type: "failed", search: 1, text: "old" });
    expect(lateError.state.message).toBeUndefined();
    const now = after(text("ca"), text("t"), found(2, "/new.jpg"));
    expect(now.state).toMatchObject({ hits: hitsAt("/new.jpg"), isSearching: false, about: "1 photos", selected: 0 });
  });

  test("what is found before stays until the next answer", () => {
    expect(after(...three, text("s")).state).toMatchObject({
      hits: hitsAt("/p/a.jpg", "/p/b.jpg", "/p/c.jpg"),
      isSearching: true,
    });
  });

  test("an error of the query stands in the line of messages until the next answer, and leaves the hits", () => {
    const failed = { type: "failed", search: 2, text: "Expected a folder" } as const;
    const { state } = after(...three, text(" in:"), failed);
    expect(state).toMatchObject({ message: { kind: "error", text: "Expected a folder" }, isSearching: false });
    expect(state.hits).toHaveLength(3);
    expect(after(...three, text(" in:"), failed, text("x"), found(3, "/x.jpg")).state.message).toBeUndefined();
  });

  test("blanks ask for nothing: no hits, and no search goes on", () => {
    const { state, effects } = after(...three, key("ctrl-u"), text("  "));
    expect(effects).toEqual([{ type: "cancel" }]);
    expect(state).toMatchObject({ hits: [], asked: undefined, isSearching: false, about: "" });
    // The answer to what was asked before does not come back.
    expect(after(text("cat"), key("ctrl-u"), found(1, "/p/a.jpg")).state.hits).toEqual([]);
  });

  test("moving the cursor is no search", () => {
    for (const pressed of ["left", "right", "delete"] as const)
      expect(after(...three, key(pressed)).effects).toEqual([]);
  });

  test.each([
    ["backspace", "ca"],
    ["ctrl-w", ""],
    ["ctrl-u", ""],
  ] as const)("%s changes the text to %j", (pressed, expected) => {
    expect(after(...three, key(pressed)).state.line).toEqual({ text: expected, cursor: expected.length });
  });

  test("the character under the cursor goes with delete and Ctrl-D", () => {
    for (const pressed of ["delete", "ctrl-d"] as const) {
      expect(after(text("cat"), key("left"), key(pressed)).state.line).toEqual({ text: "ca", cursor: 2 });
    }
  });
});

describe("moving", () => {
  const many = [text("x"), found(1, ...Array.from({ length: 100 }, (_, index) => `/${index}.jpg`))];
  // 24 rows: query, 21 hits, message, keys.
  test.each([
    [["down", "down"], 2, 0],
    [["up"], 0, 0],
    [["end"], 99, 79],
    [["end", "home"], 0, 0],
    [["end", "down"], 99, 79],
    [["pagedown"], 21, 1],
    [["pagedown", "pagedown", "pageup"], 21, 21],
    [["end", "up", "up"], 97, 79],
  ] as const)("%j selects hit %i and shows those from %i on", (pressed, selected, top) => {
    expect(after(...many, ...pressed.map(key)).state).toMatchObject({ selected, top });
  });

  test("on a smaller screen the hit selected stays in view", () => {
    const { state } = after(...many, ...Array<Event>(15).fill(key("down")), { type: "resize", columns: 80, rows: 10 });
    expect(state).toMatchObject({ rows: 10, selected: 15, top: 9 });
    expect(after(...many, key("end"), { type: "resize", columns: 1, rows: 1 }).state).toMatchObject({
      selected: 99,
      top: 99,
    });
  });

  test("with nothing found keys for hits do nothing", () => {
    for (const pressed of ["up", "down", "pageup", "pagedown", "home", "end"] as const) {
      expect(after(key(pressed)).state).toMatchObject({ selected: 0, top: 0 });
    }
    for (const pressed of ["return", "tab", "shift-tab", "ctrl-y", "ctrl-s", "ctrl-e"] as const) {
      const { state, effects } = after(key(pressed));
      expect(effects).toEqual([]);
      expect(state.message).toEqual({ kind: "note", text: "no photo is selected" });
    }
  });
});

describe("doing something with a photo", () => {
  test("Enter opens it, Ctrl-Y copies its path", () => {
    expect(after(...three, key("down"), key("return")).effects).toEqual([{ type: "open", hit: b }]);
    expect(after(...three, key("ctrl-y")).effects).toEqual([{ type: "copy", hit: a }]);
  });

  test("Tab marks it and goes on, Shift-Tab marks and goes back; again unmarks", () => {
    const { state } = after(...three, key("tab"), key("tab"));
    expect([...state.marked.values()]).toEqual([a, b]);
    expect(state.selected).toBe(2);
    const back = after(...three, key("end"), key("shift-tab")).state;
    expect([[...back.marked.values()], back.selected]).toEqual([[c], 1]);
    expect(after(...three, key("tab"), key("home"), key("tab")).state.marked.size).toBe(0);
  });

  test("marks outlive the query under which they were made", () => {
    const { state } = after(...three, key("tab"), key("ctrl-u"), text("dog"), found(3, "/p/d.jpg"), key("tab"));
    expect([...state.marked.keys()]).toEqual(["/p/a.jpg", "/p/d.jpg"]);
  });

  test("Ctrl-S asks for what looks like it; typing asks for words again, and erasing in an empty line for nothing", () => {
    const like = { kind: "like", hit: b } as const;
    const similar = [...three, key("down"), key("ctrl-s")];
    expect(after(...similar).effects).toEqual([{ type: "search", search: 2, asked: like }]);
    expect(after(...similar).state).toMatchObject({ asked: like, line: { text: "", cursor: 0 }, isSearching: true });
    expect(after(...similar, key("backspace")).effects).toEqual([]);
    expect(after(...similar, text("x")).effects).toEqual([
      { type: "search", search: 3, asked: { kind: "words", text: "x" } },
    ]);
  });

  test("what came of it is told until the next key", () => {
    const told = { type: "told", message: { kind: "note", text: "copied" } } as const;
    expect(after(...three, told).state.message).toEqual(told.message);
    expect(after(...three, told, key("down")).state.message).toBeUndefined();
  });

  test("Ctrl-T takes the preview away and brings it back", () => {
    expect(after(key("ctrl-t")).state.showsPreview).toBe(false);
    expect(after(key("ctrl-t"), key("ctrl-t")).state.showsPreview).toBe(true);
  });
});

describe("export", () => {
  const marked = [...three, key("tab"), key("tab"), key("ctrl-e")];

  test("Ctrl-E asks for a file; its name is typed, not searched", () => {
    const { state, effects } = after(...marked, text("list.txt"), key("backspace"), key("left"), key("delete"));
    expect(effects).toEqual([]);
    expect(state).toMatchObject({ fileName: { text: "list.t", cursor: 6 }, line: { text: "cat" } });
    expect(after(...marked, text("a b"), key("ctrl-w"), text("c")).state.fileName?.text).toBe("a c");
    expect(after(...marked, text("a b"), key("ctrl-u")).state.fileName?.text).toBe("");
  });

  test("a name writes the marked paths, and goes on", () => {
    const { state, effects } = after(...marked, text(" list.txt "), key("return"));
    expect(effects).toEqual([{ type: "write", file: "list.txt", hits: [a, b] }]);
    expect(state).toMatchObject({ fileName: undefined, end: undefined });
  });

  test("no name prints them and ends; without marks it is the photo selected", () => {
    expect(after(...marked, key("return")).state.end).toEqual({ paths: [a, b], isInterrupted: false });
    expect(after(...three, key("ctrl-e"), key("return")).state.end).toEqual({ paths: [a], isInterrupted: false });
  });

  test("Escape goes back, Ctrl-C ends all; other keys do nothing", () => {
    expect(after(...marked, key("escape")).state).toMatchObject({ fileName: undefined, end: undefined });
    expect(after(...marked, key("ctrl-c")).state.end).toEqual({ paths: [], isInterrupted: true });
    for (const pressed of ["down", "tab", "ctrl-e", "ctrl-s", "ctrl-y"] as const) {
      expect(after(...marked, key(pressed)).state).toEqual(after(...marked).state);
    }
  });
});

describe("history", () => {
  test("a query of which something came is remembered once; Ctrl-P and Ctrl-N go through, back to what was being typed", () => {
    const events = [...three, key("return"), key("return"), key("ctrl-u"), text("dog"), key("ctrl-u"), text("bo")];
    expect(after(...events).state.history).toEqual(["cat", "dog"]);
    const texts = (pressed: readonly Key[]): string => after(...events, ...pressed.map(key)).state.line.text;
    expect(texts(["ctrl-p"])).toBe("dog");
    expect(texts(["ctrl-p", "ctrl-p"])).toBe("cat");
    expect(texts(["ctrl-p", "ctrl-p", "ctrl-p"])).toBe("cat");
    expect(texts(["ctrl-p", "ctrl-p", "ctrl-n"])).toBe("dog");
    expect(texts(["ctrl-p", "ctrl-n"])).toBe("bo");
    expect(texts(["ctrl-n"])).toBe("bo");
    expect(after(...events, key("ctrl-p")).effects).toEqual([
      { type: "search", search: 6, asked: { kind: "words", text: "dog" } },
    ]);
  });
});

describe("the end", () => {
  test.each([
    ["escape", false],
    ["ctrl-c", true],
  ] as const)("%s ends it, and prints nothing", (pressed, isInterrupted) => {
    expect(after(...three, key("tab"), key(pressed)).state.end).toEqual({ paths: [], isInterrupted });
  });

  test("Ctrl-D ends it on an empty line only", () => {
    expect(after(key("ctrl-d")).state.end).toEqual({ paths: [], isInterrupted: false });
    expect(after(text("x"), key("ctrl-d")).state.end).toBeUndefined();
  });

  test("Ctrl-Z and Ctrl-L are for the terminal, in both lines", () => {
    for (const events of [[], [...three, key("ctrl-e")]]) {
      expect(after(...events, key("ctrl-z")).effects).toEqual([{ type: "suspend" }]);
      expect(after(...events, key("ctrl-l")).effects).toEqual([{ type: "redraw" }]);
    }
  });
});

test("whatever happens: the hit selected is there, in view, and only the last search can be answered", () => {
  const events: fc.Arbitrary<Event> = fc.oneof(
    fc.constantFrom(...keys).map(key),
    fc.string({ unit: "grapheme", maxLength: 4 }).map(text),
    fc.record({
      type: fc.constant("resize"),
      columns: fc.integer({ min: 1, max: 200 }),
      rows: fc.integer({ min: 1, max: 60 }),
    }),
    fc.tuple(fc.nat(8), fc.nat(40)).map(([search, count]) => {
      return found(search, ...Array.from({ length: count }, (_, index) => `/${index}.jpg`));
    }),
    fc.nat(8).map((search): Event => ({ type: "failed", search, text: "no" })),
  ) as fc.Arbitrary<Event>;
  fc.assert(
    fc.property(fc.array(events, { maxLength: 60 }), (list) => {
      let state = initialState(80, 24);
      for (const event of list) {
        const before = state;
        const [next, ...effects] = step(state, event);
        state = next;
        const rows = Math.max(1, screenLayout(state.columns, state.rows, false).listRows);
        expect(state.selected).toBeGreaterThanOrEqual(0);
        expect(state.selected).toBeLessThan(Math.max(1, state.hits.length));
        expect(state.top).toBeLessThanOrEqual(state.selected);
        expect(state.selected).toBeLessThan(state.top + rows);
        expect(state.line.cursor).toBeLessThanOrEqual(state.line.text.length);
        expect(state.search).toBeGreaterThanOrEqual(before.search);
        for (const effect of effects) if (effect.type === "search") expect(effect.search).toBe(state.search);
      }
    }),
    { numRuns: 300 },
  );
});
