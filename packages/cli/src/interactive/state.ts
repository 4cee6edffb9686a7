import type { Hit } from "@clipfind/core";
import { emptyLine, type Line } from "./line.ts";

/** What photos are asked for: those that words describe, or those that look like one. */
export type Asked = { readonly kind: "words"; readonly text: string } | { readonly kind: "like"; readonly hit: Hit };

/** What stands in the line of messages until the next key. */
export interface Message {
  readonly kind: "note" | "error";
  readonly text: string;
}

/** All that the interactive mode knows; {@link step} makes the next one of it, render.ts lines. */
export interface State {
  /** The query as it is being written. */
  readonly line: Line;
  /** What the last search was for; undefined while nothing is asked. */
  readonly asked: Asked | undefined;
  /** Number of the last search; answers to others come too late. */
  readonly search: number;
  readonly isSearching: boolean;
  readonly hits: readonly Hit[];
  /** What is to be said of the hits, such as how many are strong. */
  readonly about: string;
  /** Index of the hit that keys are for. */
  readonly selected: number;
  /** Index of the first hit on the screen. */
  readonly top: number;
  /** Hits that are marked, in that order, by their paths' bytes in Latin-1. */
  readonly marked: ReadonlyMap<string, Hit>;
  readonly message: Message | undefined;
  readonly showsPreview: boolean;
  /** Queries of this session, the oldest first. */
  readonly history: readonly string[];
  /** Which of them is shown; undefined: what is being written, which waits in `draft` meanwhile. */
  readonly historyAt: number | undefined;
  readonly draft: string;
  /** The name of the file that marked paths are to go into, while it is asked for. */
  readonly fileName: Line | undefined;
  readonly columns: number;
  readonly rows: number;
  /** Set when it is over: what to print behind it, and whether Ctrl-C ended it. */
  readonly end: { readonly paths: readonly Hit[]; readonly isInterrupted: boolean } | undefined;
}

/** How it begins. */
export function initialState(columns: number, rows: number): State {
  return {
    line: emptyLine,
    asked: undefined,
    search: 0,
    isSearching: false,
    hits: [],
    about: "",
    selected: 0,
    top: 0,
    marked: new Map(),
    message: undefined,
    showsPreview: true,
    history: [],
    historyAt: undefined,
    draft: "",
    fileName: undefined,
    columns,
    rows,
    end: undefined,
  };
}

/** By what a hit is known: two files never have one path. */
export function keyOf(hit: Hit): string {
  return hit.pathBytes.toString("latin1");
}
