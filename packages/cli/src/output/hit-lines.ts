import { isAbsolute, relative, sep } from "node:path";
import type { Hit } from "@clipfind/core";
import { plural } from "./plural.ts";
import { printable } from "./printable.ts";

/** One line per hit: score, or the day it was taken where there is none, path (relative where it lies under `cwd`), number of copies. */
export function hitLines(hits: readonly Hit[], cwd: string): string[] {
  return hits.map(({ path, score, taken, copies }) => {
    const more = copies.length > 0 ? `  (+${plural(copies.length, "copy", "copies")})` : "";
    const first = score === undefined ? (taken ?? "").slice(0, 10).padStart(10) : score.toFixed(3).padStart(6);
    return `${first}  ${printable(shortPath(path, cwd))}${more}`;
  });
}

function shortPath(path: string, cwd: string): string {
  const short = relative(cwd, path);
  return short === "" || short === ".." || short.startsWith(`..${sep}`) || isAbsolute(short) ? path : short;
}
