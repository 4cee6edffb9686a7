import { sep } from "node:path";
import type { Hit } from "@clipfind/core";
import { pathFromHere } from "./path-from-here.ts";
import { shownPath } from "./shown-path.ts";

/** The paths of the hits as the file system has them, relative to `cwd` below it, each with `end` behind it. */
export function hitPaths(hits: readonly Hit[], cwd: string, end: "\n" | "\0"): Buffer {
  return Buffer.concat(
    hits.flatMap(({ pathBytes }) => {
      const path = pathFromHere(pathBytes, cwd);
      // What begins with a dash would be an option of the program that is given it.
      return [...(path[0] === 0x2d ? [Buffer.from(`.${sep}`)] : []), path, Buffer.from(end)];
    }),
  );
}

/** The same for a terminal, which must not be driven by a name: a line each, as text. */
export function pathLines(hits: readonly Hit[], cwd: string): string[] {
  return hits.map((hit) => shownPath(hitPaths([hit], cwd, "\n").subarray(0, -1)));
}
