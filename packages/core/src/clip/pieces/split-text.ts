import { whiteSpace } from "./normalize-text.ts";
import type { Splitter } from "./piece-rules.ts";

const whiteSpaces = new RegExp(`${whiteSpace}+`, "u");

/**
 * The parts of a normalised text that are tokenized each by itself.
 * @param isFirst - whether the text begins where the user's does
 */
export function splitText(text: string, splitters: readonly Splitter[], isFirst: boolean): readonly string[] {
  let parts: readonly string[] = [text];
  for (const splitter of splitters) {
    parts = parts.flatMap((part, at) => split(part, splitter, isFirst && at === 0)).filter((part) => part !== "");
  }
  return parts;
}

function split(text: string, splitter: Splitter, isFirst: boolean): readonly string[] {
  switch (splitter.type) {
    case "whitespace":
      return text.split(whiteSpaces);
    case "after":
      return splitAfter(text, splitter.pattern);
    case "metaspace": {
      const { mark, prepend } = splitter;
      const spaced = text.replaceAll(" ", mark);
      const wantsMark = prepend === "always" || (prepend === "first" && isFirst);
      const marked = wantsMark && !spaced.startsWith(mark) ? mark + spaced : spaced;
      return splitter.split ? splitBefore(marked, mark) : [marked];
    }
    default:
      return splitter satisfies never;
  }
}

function splitBefore(text: string, mark: string): readonly string[] {
  return text.split(mark).map((part, at) => (at === 0 ? part : mark + part));
}

function splitAfter(text: string, pattern: string): readonly string[] {
  const parts = text.split(pattern);
  return parts.map((part, at) => (at === parts.length - 1 ? part : part + pattern));
}
