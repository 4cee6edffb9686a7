import type { Hit } from "@clipfind/core";

/** Hits with these paths, the scores falling from 0.9. */
export function hitsAt(...paths: readonly string[]): Hit[] {
  return paths.map((path, index) => ({
    id: index + 1,
    path,
    pathBytes: Buffer.from(path),
    score: 0.9 - index / 100,
    copies: [],
  }));
}
