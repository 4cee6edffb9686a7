import { isAbsolute, relative, sep } from "node:path";
import type { Hit } from "@clipfind/core";
import { plural } from "./plural.ts";
import { printable } from "./printable.ts";

/** One line per hit: score, path (relative where it lies under `cwd`), number of copies. */
export function hitLines(hits: readonly Hit[], cwd: string): string[] {
  return hits.map(({ path, score, copies }) => {
    const more = copies.length > 0 ? `  (+${plural(copies.length, "copy", "copies")})` : "";
    return `${(score?.toFixed(3) ?? "").padStart(6)}  ${printable(shortPath(path, cwd))}${more}`;
  });
}

function shortPath(path: string, cwd: string): string {
  const short = relative(cwd, path);
  return short === "" || short === ".." || short.startsWith(`..${sep}`) || isAbsolute(short) ? path : short;
}
