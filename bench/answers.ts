import assert from "node:assert/strict";
import { dims, dot } from "./data.ts";

/** What somebody found for one query, best first. */
export interface Answer {
  readonly ids: ArrayLike<number>;
  readonly scores: ArrayLike<number>;
}

/**
 * How far two scores of the same row may be apart. The store rounds a unit vector to 16 bits per component, which moves
 * a score by at most 3·10⁻⁵; peers sum 512 products in float32.
 */
export const tolerance = 1e-4;

/** Scores of all rows for some queries, in float64 from the float32 vectors as they were appended. Ids are rows. */
export class Oracle {
  readonly #queries: Float32Array;
  readonly #scores: Float64Array[];
  #rows = 0;

  /** For `count` queries, and up to `rows` rows. */
  constructor(queries: Float32Array, count: number, rows: number) {
    this.#queries = queries;
    this.#scores = Array.from({ length: count }, () => new Float64Array(rows));
  }

  /** Queries whose scores it has: from the first on. */
  get count(): number {
    return this.#scores.length;
  }

  /** Takes in the next rows. */
  add(rows: Float32Array): void {
    for (const [query, scores] of this.#scores.entries()) {
      for (let at = 0, row = this.#rows; at < rows.length; at += dims, row++) {
        scores[row] = dot(this.#queries, query * dims, rows, at);
      }
    }
    this.#rows += rows.length / dims;
  }

  /**
   * Asserts that `answer` is right: k different allowed rows, each with its own score, and at every rank a score that
   * is the best possible there. So rows may change places only where their scores are as close as `tolerance`.
   */
  assertRight(who: string, answer: Answer, query: number, k: number, allowed: (id: number) => boolean = all): void {
    const scores = this.#scores[query] as Float64Array;
    const best = bestOf(scores.subarray(0, this.#rows), k, allowed);
    const ids = Array.from(answer.ids);
    const found = `${who}, query ${query}, top ${k}: found`;
    assert.equal(ids.length, best.length, `${found} ${ids.length} rows instead of ${best.length}`);
    assert.equal(new Set(ids).size, ids.length, `${found} a row twice`);
    for (const [rank, id] of ids.entries()) {
      const exact = scores[id] as number;
      assert.ok(allowed(id), `${found} row ${id}, which is not allowed`);
      assert.ok(close(answer.scores[rank] as number, exact), `${found} ${answer.scores[rank]} for row ${id}: ${exact}`);
      assert.ok(close(exact, best[rank] as number), `${found} row ${id} at rank ${rank}: ${exact} < ${best[rank]}`);
    }
  }
}

function all(): boolean {
  return true;
}

function close(a: number, b: number): boolean {
  return Math.abs(a - b) <= tolerance;
}

/** The k best scores of allowed rows, falling. */
function bestOf(scores: Float64Array, k: number, allowed: (id: number) => boolean): number[] {
  const best: number[] = [];
  for (const [row, score] of scores.entries()) {
    if (best.length === k && score <= (best.at(-1) as number)) continue;
    if (!allowed(row)) continue;
    let at = best.length;
    while (at > 0 && (best[at - 1] as number) < score) at--;
    best.splice(at, 0, score);
    best.length = Math.min(best.length, k);
  }
  return best;
}
