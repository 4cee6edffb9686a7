import type { Hit } from "@clipfind/core";
import { pathFromHere } from "./path-from-here.ts";
import { plural } from "./plural.ts";
import { shownPath } from "./shown-path.ts";
import { isStrong, strengthColor } from "./strength-color.ts";

/**
 * One line per hit: score, or the day it was taken where there is none, path (relative where it lies under `cwd`), number of copies. What pipes get: never shortened,
 * and coloured, by `colored`, only where someone insists.
 */
export function hitLines(
  hits: readonly Hit[],
  cwd: string,
  colored?: { readonly cutoff: number | undefined },
): string[] {
  return hits.map(({ pathBytes, score, confidence, taken, copies }) => {
    const shown = score === undefined ? (taken ?? "").slice(0, 10).padStart(10) : score.toFixed(3).padStart(6);
    const front = colored === undefined ? shown : strengthColor(shown, isStrong(confidence, colored.cutoff));
    return `${front}  ${shownPath(pathFromHere(pathBytes, cwd))}${copiesText(copies)}`;
  });
}

/** "  (+2 copies)", "" where there are none. */
export function copiesText(copies: readonly unknown[]): string {
  return copies.length > 0 ? `  (+${plural(copies.length, "copy", "copies")})` : "";
}
