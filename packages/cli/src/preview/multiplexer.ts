import type { DetectedTerminal } from "./detect-protocol.ts";

const escape = "\u001b";
const end = `${escape}\\`;

/** screen takes no longer string; with the frame around it. */
const screenChunk = 500;

/**
 * An escape sequence as the multiplexer hands it to the terminal unread. tmux (`allow-passthrough on`, tmux(1)) takes
 * it with every ESC doubled in `ESC P tmux; … ESC \`, screen in pieces between `ESC P` and `ESC \`, none of which may
 * hold the `ESC \` that would end it.
 */
export function passedThrough(sequence: string, multiplexer: DetectedTerminal["multiplexer"]): string {
  if (multiplexer === "tmux") return `${escape}Ptmux;${sequence.replaceAll(escape, escape + escape)}${end}`;
  if (multiplexer === undefined) return sequence;
  // What ends a string is divided between two pieces.
  const parts = sequence.split(end).map((part, index) => (index === 0 ? part : `\\${part}`));
  const pieces = parts.flatMap((part, index) => (index < parts.length - 1 ? part + escape : part).match(chunks) ?? []);
  return pieces.map((piece) => `${escape}P${piece}${end}`).join("");
}

const chunks = new RegExp(`[^]{1,${screenChunk}}`, "g");
