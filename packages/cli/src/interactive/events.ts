import type { Hit } from "@clipfind/core";
import type { Asked, Message } from "./state.ts";

/** Keys that do something, by what they are called. */
export const keys = [
  "up",
  "down",
  "pageup",
  "pagedown",
  "home",
  "end",
  "left",
  "right",
  "return",
  "escape",
  "backspace",
  "delete",
  "tab",
  "shift-tab",
  "ctrl-c",
  "ctrl-d",
  "ctrl-e",
  "ctrl-l",
  "ctrl-n",
  "ctrl-p",
  "ctrl-s",
  "ctrl-t",
  "ctrl-u",
  "ctrl-w",
  "ctrl-y",
  "ctrl-z",
] as const;

export type Key = (typeof keys)[number];

/** What happens to the interactive mode. */
export type Event =
  | { readonly type: "key"; readonly key: Key }
  /** Typed or pasted. */
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "resize"; readonly columns: number; readonly rows: number }
  /** The answer to search number `search`. */
  | { readonly type: "found"; readonly search: number; readonly hits: readonly Hit[]; readonly about: string }
  | { readonly type: "failed"; readonly search: number; readonly text: string }
  /** What came of something that was to be done. */
  | { readonly type: "told"; readonly message: Message };

/** What the interactive mode wants done. */
export type Effect =
  /** Search, and let the search before be. */
  | { readonly type: "search"; readonly search: number; readonly asked: Asked }
  /** Let the search before be. */
  | { readonly type: "cancel" }
  | { readonly type: "open"; readonly hit: Hit }
  | { readonly type: "copy"; readonly hit: Hit }
  | { readonly type: "write"; readonly file: string; readonly hits: readonly Hit[] }
  | { readonly type: "redraw" }
  | { readonly type: "suspend" };
