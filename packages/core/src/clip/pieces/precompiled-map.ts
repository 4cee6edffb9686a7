/**
 * SentencePiece's table of replacements (`precompiled_charsmap`): its size as uint32, a double-array trie of uint32 units
 * (Darts-clone), then the replacements, each ended by a 0. What is looked up, and that the shortest match counts, is
 * the `tokenizers` library's way, with which models were trained.
 */
export class PrecompiledMap {
  readonly #units: Uint32Array;
  readonly #texts: Uint8Array;

  constructor(table: Uint8Array) {
    const size = new DataView(table.buffer, table.byteOffset, table.byteLength).getUint32(0, true);
    this.#units = new Uint32Array(table.slice(4, 4 + size).buffer);
    this.#texts = table.subarray(4 + size);
  }

  /** Replaces what the table names: whole clusters of characters that are short enough, else single characters. */
  apply(text: string): string {
    let result = "";
    for (const cluster of clustersOf(text)) {
      const whole = Buffer.byteLength(cluster) < 6 ? this.#find(cluster) : undefined;
      if (whole === undefined) for (const character of cluster) result += this.#find(character) ?? character;
      else result += whole;
    }
    return result;
  }

  #find(key: string): string | undefined {
    const units = this.#units;
    let unit = units[0] ?? 0;
    let node = offsetOf(unit);
    for (const byte of Buffer.from(key)) {
      if (byte === 0) return undefined;
      node ^= byte;
      unit = units[node] ?? 0;
      // Label, with the bit that marks a leaf, which is none.
      if ((unit & 0x800000ff) >>> 0 !== byte) return undefined;
      node ^= offsetOf(unit);
      if ((unit & 0x100) === 0) continue;
      const start = (units[node] ?? 0) & 0x7fffffff;
      const end = this.#texts.indexOf(0, start);
      return Buffer.from(this.#texts.subarray(start, end === -1 ? undefined : end)).toString();
    }
    return undefined;
  }
}

function offsetOf(unit: number): number {
  return (unit >>> 10) << ((unit & 0x200) >>> 6);
}

let segmenter: Intl.Segmenter | undefined;

/** What people take for one character: Unicode's extended grapheme clusters. */
function clustersOf(text: string): Iterable<string> {
  // Of ASCII, only a carriage return can join another character.
  // oxlint-disable-next-line no-control-regex -- all of ASCII but U+000D
  if (/^[\0-\x0c\x0e-\x7f]*$/.test(text)) return text;
  segmenter ??= new Intl.Segmenter("en", { granularity: "grapheme" });
  return Array.from(segmenter.segment(text), ({ segment }) => segment);
}
