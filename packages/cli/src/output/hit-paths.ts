import { sep } from "node:path";
import type { Hit } from "@clipfind/core";
import { printable } from "./printable.ts";

/** The paths of the hits as the file system has them, relative to `cwd` below it, each with `end` behind it. */
export function hitPaths(hits: readonly Hit[], cwd: string, end: "\n" | "\0"): Buffer {
  const folder = Buffer.from(cwd.endsWith(sep) ? cwd : `${cwd}${sep}`);
  return Buffer.concat(
    hits.flatMap(({ pathBytes }) => {
      const isBelow = pathBytes.subarray(0, folder.length).equals(folder);
      const path = isBelow ? pathBytes.subarray(folder.length) : pathBytes;
      // What begins with a dash would be an option of the program that is given it.
      return [...(isBelow && path[0] === 0x2d ? [Buffer.from(`.${sep}`)] : []), path, Buffer.from(end)];
    }),
  );
}

/** The same for a terminal, which must not be driven by a name: a line each, as text. */
export function pathLines(hits: readonly Hit[], cwd: string): string[] {
  return hits.map((hit) => printable(hitPaths([hit], cwd, "\n").toString("utf8").slice(0, -1)));
}
