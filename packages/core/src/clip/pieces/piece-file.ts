import { crc32 } from "node:zlib";
import { ClipfindError } from "../../errors.ts";
import type { PieceRules } from "./piece-rules.ts";
import type { PieceTables } from "./piece-tables.ts";

const magic = Buffer.from("clipPCE1");
/** Magic, CRC-32 of all that follows, bytes of the header. */
const prefixBytes = 16;
/** Tables begin at multiples of it. */
const alignment = 8;

const kinds = {
  characters: Uint32Array,
  characterIds: Uint32Array,
  lefts: Uint32Array,
  rights: Uint32Array,
  products: Uint32Array,
  ranks: Uint32Array,
  starts: Uint32Array,
  bytes: Uint8Array,
  pieceIds: Uint32Array,
  scores: Float64Array,
  byteIds: Uint32Array,
  replacements: Uint8Array,
} as const;
const names = Object.keys(kinds) as ReadonlyArray<keyof PieceTables>;

interface Header {
  readonly rules: PieceRules;
  /** Number of values of each table, in the order of `names`. */
  readonly lengths: readonly number[];
}

/**
 * A tokenizer as `textual/pieces.bin` has it, which loads in milliseconds where the `tokenizer.json` it was made of
 * takes a second: magic, checksum, a header of JSON, then the tables, little-endian, each aligned to 8 bytes.
 */
export function packPieces(rules: PieceRules, tables: PieceTables): Uint8Array {
  const header: Header = { rules, lengths: names.map((name) => tables[name].length) };
  const json = Buffer.from(JSON.stringify(header));
  const parts: Uint8Array[] = [json];
  let position = prefixBytes + json.length;
  for (const name of names) {
    const { buffer, byteOffset, byteLength } = tables[name];
    const gap = (alignment - (position % alignment)) % alignment;
    parts.push(new Uint8Array(gap), new Uint8Array(buffer, byteOffset, byteLength));
    position += gap + byteLength;
  }
  const prefix = Buffer.alloc(prefixBytes);
  magic.copy(prefix);
  prefix.writeUInt32LE(json.length, 12);
  const file = Buffer.concat([prefix, ...parts]);
  file.writeUInt32LE(crc32(file.subarray(12)), 8);
  return file;
}

/**
 * Reads what {@link packPieces} wrote; the tables are views of `bytes`.
 * @throws ClipfindError MODEL_INVALID when it is anything else, be it by a byte
 */
export function unpackPieces(bytes: Uint8Array, source: string): { rules: PieceRules; tables: PieceTables } {
  // A copy, where a view would not be aligned.
  const file = bytes.byteOffset % alignment === 0 ? bytes : bytes.slice();
  const { buffer, byteOffset } = file;
  const view = new DataView(buffer, byteOffset, file.length);
  if (file.length < prefixBytes || !magic.equals(file.subarray(0, magic.length))) {
    throw invalid(source, "a table of pieces", "another file");
  }
  if (crc32(file.subarray(12)) !== view.getUint32(8, true)) throw invalid(source, "the checksum to fit", "damage");
  const headerBytes = view.getUint32(12, true);
  // What has the checksum was written by packPieces().
  const text = new TextDecoder().decode(file.subarray(prefixBytes, prefixBytes + headerBytes));
  const { rules, lengths } = JSON.parse(text) as Header;
  let position = prefixBytes + headerBytes;
  const table = (name: keyof PieceTables, at: number): [string, object] => {
    const Kind = kinds[name];
    position = Math.ceil(position / alignment) * alignment;
    const values = new Kind(buffer as ArrayBuffer, byteOffset + position, lengths[at]);
    position += values.byteLength;
    return [name, values];
  };
  const tables = Object.fromEntries(names.map(table)) as unknown as PieceTables;
  return { rules, tables };
}

function invalid(source: string, expected: string, found: string): ClipfindError {
  return new ClipfindError("MODEL_INVALID", `${source}: expected ${expected}, found ${found}.`, {
    hint: "Pull or import the model again.",
  });
}
