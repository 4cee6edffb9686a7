import type { Event } from "./events.ts";
import { emptyLine, eraseAfter, eraseBefore, eraseWord, insert, type Line, move } from "./line.ts";
import type { State } from "./state.ts";
import type { Step } from "./step.ts";

/** What comes of a key or text while the name of a file is asked for: none means standard output, at the end. */
export function answerFileName(state: State, line: Line, event: Event & { type: "key" | "text" }): Step {
  const writing = (fileName: Line | undefined): Step => [{ ...state, fileName }];
  if (event.type === "text") return writing(insert(line, event.text));
  switch (event.key) {
    case "return": {
      const selected = state.hits[state.selected];
      const hits = state.marked.size > 0 ? [...state.marked.values()] : selected === undefined ? [] : [selected];
      const file = line.text.trim();
      const next = { ...state, fileName: undefined };
      if (file === "") return [{ ...next, end: { paths: hits, isInterrupted: false } }];
      return [next, { type: "write", file, hits }];
    }
    case "escape":
      return writing(undefined);
    case "ctrl-c":
      return [{ ...state, end: { paths: [], isInterrupted: true } }];
    case "ctrl-z":
      return [state, { type: "suspend" }];
    case "ctrl-l":
      return [state, { type: "redraw" }];
    case "left":
      return writing(move(line, -1));
    case "right":
      return writing(move(line, 1));
    case "backspace":
      return writing(eraseBefore(line));
    case "delete":
      return writing(eraseAfter(line));
    case "ctrl-w":
      return writing(eraseWord(line));
    case "ctrl-u":
      return writing(emptyLine);
    default:
      return [state];
  }
}
