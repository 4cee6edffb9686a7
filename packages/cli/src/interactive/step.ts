import { answerFileName } from "./answer-file-name.ts";
import type { Effect, Event, Key } from "./events.ts";
import { screenLayout } from "./layout.ts";
import { emptyLine, eraseAfter, eraseBefore, eraseWord, insert, type Line, lineOf, move } from "./line.ts";
import { keyOf, type State } from "./state.ts";

/** A state, and what is to be done besides. */
export type Step = readonly [State, ...Effect[]];

/** What comes of an event. Pure: all that reaches out of the program is an effect. */
export function step(state: State, event: Event): Step {
  switch (event.type) {
    case "resize":
      return [inView({ ...state, columns: event.columns, rows: event.rows })];
    case "found": {
      if (event.search !== state.search) return [state];
      const { hits, about } = event;
      return [{ ...state, hits, about, isSearching: false, message: undefined, selected: 0, top: 0 }];
    }
    case "failed": {
      if (event.search !== state.search) return [state];
      return [{ ...state, isSearching: false, message: { kind: "error", text: event.text } }];
    }
    case "told":
      return [{ ...state, message: event.message }];
    default: {
      const quiet = { ...state, message: state.isSearching ? state.message : undefined };
      if (state.fileName !== undefined) return answerFileName(quiet, state.fileName, event);
      if (event.type === "text") return edited(quiet, insert(quiet.line, event.text));
      return pressed(quiet, event.key);
    }
  }
}

function pressed(state: State, key: Key): Step {
  const { line } = state;
  switch (key) {
    case "up":
      return [selecting(state, state.selected - 1)];
    case "down":
      return [selecting(state, state.selected + 1)];
    case "pageup":
      return [selecting(state, state.selected - page(state))];
    case "pagedown":
      return [selecting(state, state.selected + page(state))];
    case "home":
      return [selecting(state, 0)];
    case "end":
      return [selecting(state, state.hits.length - 1)];
    case "left":
      return [{ ...state, line: move(line, -1) }];
    case "right":
      return [{ ...state, line: move(line, 1) }];
    case "backspace":
      return edited(state, eraseBefore(line));
    case "delete":
      return edited(state, eraseAfter(line));
    case "ctrl-w":
      return edited(state, eraseWord(line));
    case "ctrl-u":
      return edited(remembering(state), emptyLine);
    case "ctrl-p":
      return recalled(state, -1);
    case "ctrl-n":
      return recalled(state, 1);
    case "ctrl-t":
      return [{ ...state, showsPreview: !state.showsPreview }];
    case "ctrl-l":
      return [state, { type: "redraw" }];
    case "ctrl-z":
      return [state, { type: "suspend" }];
    case "escape":
      return [{ ...state, end: { paths: [], isInterrupted: false } }];
    case "ctrl-c":
      return [{ ...state, end: { paths: [], isInterrupted: true } }];
    case "ctrl-d":
      // As in a shell: the end of an empty line.
      return line.text === ""
        ? [{ ...state, end: { paths: [], isInterrupted: false } }]
        : edited(state, eraseAfter(line));
    default:
      return withHit(state, key);
  }
}

/** Keys that are about the hit selected. */
function withHit(state: State, key: "return" | "tab" | "shift-tab" | "ctrl-e" | "ctrl-s" | "ctrl-y"): Step {
  if (key === "ctrl-e" && (state.marked.size > 0 || state.hits.length > 0)) {
    return [{ ...remembering(state), fileName: emptyLine }];
  }
  const hit = state.hits[state.selected];
  if (hit === undefined) return [{ ...state, message: { kind: "note", text: "no photo is selected" } }];
  const next = remembering(state);
  switch (key) {
    case "return":
      return [next, { type: "open", hit }];
    case "ctrl-y":
      return [next, { type: "copy", hit }];
    case "ctrl-s": {
      const search = next.search + 1;
      const asked = { kind: "like", hit } as const;
      return [
        { ...next, search, asked, line: emptyLine, historyAt: undefined, isSearching: true },
        { type: "search", search, asked },
      ];
    }
    default: {
      const marked = new Map(next.marked);
      if (!marked.delete(keyOf(hit))) marked.set(keyOf(hit), hit);
      return [selecting({ ...next, marked }, next.selected + (key === "tab" ? 1 : -1))];
    }
  }
}

/** The line was changed, maybe: another text is another search. */
function edited(state: State, line: Line, historyAt?: number): Step {
  const next = { ...state, line, historyAt };
  // Editing what is left of it ends a search for what looks like a photo; moving about in an empty line does not.
  if (line.text === state.line.text) return [next];
  const search = state.search + 1;
  if (line.text.trim() === "") {
    const nothing = { ...next, search, asked: undefined, isSearching: false, hits: [], about: "", selected: 0, top: 0 };
    return [nothing, { type: "cancel" }];
  }
  const asked = { kind: "words", text: line.text } as const;
  return [
    { ...next, search, asked, isSearching: true },
    { type: "search", search, asked },
  ];
}

/** Remembers the query: something came of it. */
function remembering(state: State): State {
  const text = state.line.text.trim();
  if (text === "" || state.history.at(-1) === text) return state;
  return { ...state, history: [...state.history.filter((each) => each !== text), text], historyAt: undefined };
}

function recalled(state: State, by: -1 | 1): Step {
  const { history, historyAt = history.length } = state;
  const at = historyAt + by;
  if (at < 0 || at > history.length) return [state];
  const draft = state.historyAt === undefined ? state.line.text : state.draft;
  const isDraft = at === history.length;
  return edited({ ...state, draft }, lineOf(isDraft ? draft : history[at]!), isDraft ? undefined : at);
}

function page(state: State): number {
  return Math.max(1, screenLayout(state.columns, state.rows, false).listRows);
}

function selecting(state: State, index: number): State {
  return inView({ ...state, selected: Math.max(0, Math.min(state.hits.length - 1, index)) });
}

/** Scrolls as little as shows the hit selected. */
function inView(state: State): State {
  const rows = page(state);
  const most = Math.max(0, state.hits.length - rows);
  const top = Math.min(Math.max(state.top, state.selected - rows + 1), state.selected, most);
  return { ...state, top: Math.max(0, top) };
}
