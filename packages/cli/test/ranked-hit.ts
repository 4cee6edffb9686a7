import type { Hit } from "@clipfind/core";
import type { RankedHit } from "../src/output/hit-fields.ts";

/** A hit at `path`, with what else is said of it. */
export function hitAt(path: string | Buffer, rest: Partial<Hit> = {}): Hit {
  const pathBytes = Buffer.from(path);
  return { id: 1, path: pathBytes.toString("utf8"), pathBytes, score: 0.5, copies: [], ...rest };
}

/** Hits in their order, seen from `cwd`. */
export function ranked(hits: readonly Hit[], cwd = "/photos"): RankedHit[] {
  return hits.map((hit, index) => ({ hit, rank: index + 1, cwd }));
}
