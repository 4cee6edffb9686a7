import { whiteSpace } from "./normalize-text.ts";
import type { AddedToken } from "./piece-rules.ts";

/** A stretch of a text: a token that was found, or what is between such. */
export type Stretch = string | { readonly id: number };

const spacesBehind = new RegExp(`^${whiteSpace}+`, "u");
const spacesBefore = new RegExp(`${whiteSpace}+$`, "u");

/**
 * A function that finds tokens in a text: the leftmost, and of those that begin at one place the longest. Stretches between
 * them are never empty.
 */
export function tokenFinder(tokens: readonly AddedToken[]): (text: string) => Stretch[] {
  if (tokens.length === 0) return (text) => (text === "" ? [] : [text]);
  const byContent = new Map(tokens.map((token) => [token.content, token]));
  const firsts = new Set(tokens.map(({ content }) => content[0]));
  const lengths = [...new Set(tokens.map(({ content }) => content.length))].toSorted((a, b) => b - a);
  const tokenAt = (text: string, at: number): AddedToken | undefined => {
    if (!firsts.has(text[at])) return undefined;
    for (const length of lengths) {
      const token = byContent.get(text.slice(at, at + length));
      if (token !== undefined) return token;
    }
    return undefined;
  };

  return (text) => {
    const stretches: Stretch[] = [];
    let done = 0;
    for (let at = 0; at < text.length; at++) {
      const token = tokenAt(text, at);
      if (token === undefined) continue;
      const between = text.slice(done, at);
      const kept = token.left ? between.replace(spacesBefore, "") : between;
      if (kept !== "") stretches.push(kept);
      stretches.push({ id: token.id });
      done = at + token.content.length;
      if (token.right) done += spacesBehind.exec(text.slice(done))?.[0].length ?? 0;
      at = done - 1;
    }
    if (done < text.length) stretches.push(text.slice(done));
    return stretches;
  };
}
