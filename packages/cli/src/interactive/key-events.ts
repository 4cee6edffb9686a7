import { type Event, type Key, keys } from "./events.ts";

/** A key as node:readline tells it. */
export interface Keypress {
  readonly name?: string | undefined;
  readonly sequence?: string | undefined;
  readonly ctrl?: boolean | undefined;
  readonly meta?: boolean | undefined;
  readonly shift?: boolean | undefined;
}

const known: ReadonlySet<string> = new Set(keys);

/**
 * Turns keys into events, one after the other. What comes between the marks of a bracketed paste is one text, whatever
 * keys it would be.
 */
export function keyEvents(emit: (event: Event) => void): (text: string | undefined, key: Keypress) => void {
  let pasted: string[] | undefined;
  return (text, key) => {
    if (key.name === "paste-start") pasted = [];
    else if (key.name === "paste-end") {
      if (pasted !== undefined && pasted.length > 0) emit({ type: "text", text: pasted.join("") });
      pasted = undefined;
    } else if (pasted !== undefined) pasted.push(text ?? "");
    else {
      const event = eventOf(text, key);
      if (event !== undefined) emit(event);
    }
  };
}

function eventOf(
  text: string | undefined,
  { name = "", ctrl, meta, shift, sequence = "" }: Keypress,
): Event | undefined {
  // Enter on a numeric keypad, or a line feed.
  const plain = name === "enter" ? "return" : name;
  const called = ctrl === true ? `ctrl-${plain}` : shift === true && plain === "tab" ? "shift-tab" : plain;
  // Letters have their own names.
  if (known.has(called) && !(plain.length === 1 && ctrl !== true)) return { type: "key", key: called as Key };
  if (ctrl === true || meta === true || text === undefined || text === "" || sequence.startsWith("\u001b")) {
    return undefined;
  }
  return text >= " " && text !== "\u007f" ? { type: "text", text } : undefined;
}
