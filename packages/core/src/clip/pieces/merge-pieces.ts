import type { PieceRules } from "./piece-rules.ts";
import type { PieceTables } from "./piece-tables.ts";
import { unknownIds } from "./unknown-ids.ts";

/** Two neighbours that can be merged: where the left one is, and which tokens they were when they were looked at. */
interface Candidate {
  readonly rank: number;
  readonly at: number;
  readonly left: number;
  readonly right: number;
  readonly product: number;
}

/**
 * Byte-pair encoding from characters up: of all neighbours the pair that was learned first is merged, leftmost first, until
 * none is left. A part may be a whole text, so the pairs wait in a heap: n · log n.
 */
export function pieceMerger(rules: PieceRules, tables: PieceTables): (part: string) => number[] {
  const { characters, characterIds, lefts, rights, products, ranks } = tables;
  const ofUnknown = unknownIds(rules, tables);

  return (part) => {
    const ids: number[] = [];
    let unknown = "";
    const flush = (): void => {
      ids.push(...ofUnknown(unknown));
      unknown = "";
    };
    for (const character of part) {
      const id = characterIds[search(characters, character.codePointAt(0)!)];
      if (id === undefined) unknown += character;
      else {
        if (unknown !== "") flush();
        ids.push(id);
      }
    }
    flush();
    return merge(ids);
  };

  function merge(ids: number[]): number[] {
    const next = ids.map((_, at) => at + 1);
    const previous = ids.map((_, at) => at - 1);
    const heap = new Heap();
    const consider = (at: number): void => {
      const [left, right] = [ids[at], ids[next[at] ?? ids.length]];
      if (left === undefined || right === undefined) return;
      const found = searchPair(lefts, rights, left, right);
      if (found !== -1) heap.push({ rank: ranks[found]!, at, left, right, product: products[found]! });
    };
    for (let at = 0; at + 1 < ids.length; at++) consider(at);

    for (let best = heap.pop(); best !== undefined; best = heap.pop()) {
      const { at, left, right, product } = best;
      const behind = next[at]!;
      // One of the two may be part of something else by now; what is gone has the id −1.
      if (ids[at] !== left || ids[behind] !== right) continue;
      ids[at] = product;
      ids[behind] = -1;
      next[at] = next[behind]!;
      if (next[at] < ids.length) previous[next[at]] = at;
      if (previous[at]! >= 0) consider(previous[at]!);
      consider(at);
    }
    return ids.filter((id) => id !== -1);
  }
}

/** Index of `value` in an ascending list, or −1. */
function search(list: Uint32Array, value: number): number {
  let [low, high] = [0, list.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (list[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return list[low] === value ? low : -1;
}

function searchPair(lefts: Uint32Array, rights: Uint32Array, left: number, right: number): number {
  let [low, high] = [0, lefts.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (lefts[middle]! < left || (lefts[middle] === left && rights[middle]! < right)) low = middle + 1;
    else high = middle;
  }
  return lefts[low] === left && rights[low] === right ? low : -1;
}

/** A binary heap: the lowest rank first, of equal ones the leftmost. */
class Heap {
  readonly #items: Candidate[] = [];

  push(item: Candidate): void {
    const items = this.#items;
    let at = items.length;
    items.push(item);
    while (at > 0) {
      const parent = (at - 1) >>> 1;
      if (!isBefore(item, items[parent]!)) break;
      items[at] = items[parent]!;
      at = parent;
    }
    items[at] = item;
  }

  pop(): Candidate | undefined {
    const items = this.#items;
    const [top] = items;
    const last = items.pop();
    if (items.length === 0 || last === undefined) return top;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= items.length) break;
      if (child + 1 < items.length && isBefore(items[child + 1]!, items[child]!)) child++;
      if (!isBefore(items[child]!, last)) break;
      items[at] = items[child]!;
      at = child;
    }
    items[at] = last;
    return top;
  }
}

function isBefore(a: Candidate, b: Candidate): boolean {
  return a.rank < b.rank || (a.rank === b.rank && a.at < b.at);
}
