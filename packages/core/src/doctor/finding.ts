import { ClipfindError } from "../errors.ts";

/** Something that is not as it should be, or is worth knowing. */
export interface Finding {
  /** A "problem" keeps clipfind from working as it should; a "note" does not. */
  readonly severity: "note" | "problem";
  /** What is found, a sentence without its full stop. */
  readonly what: string;
  /** What to do about it, in the same form. */
  readonly todo: string;
}

export function problem(what: string, todo: string): Finding {
  return { severity: "problem", what, todo };
}

export function note(what: string, todo: string): Finding {
  return { severity: "note", what, todo };
}

/** An error as a problem: its hint is what to do. */
export function problemOf(error: unknown, otherwise: string): Finding {
  const message = error instanceof Error ? error.message : String(error);
  const hint = error instanceof ClipfindError ? error.hint : undefined;
  return problem(withoutStop(message), withoutStop(hint ?? otherwise));
}

function withoutStop(sentence: string): string {
  return sentence.replace(/\.$/, "");
}
