/** One directory of a TIFF: its numbers by tag. */
export interface TiffDirectory {
  /** Values of a field of whole numbers, at most 4096 of them; empty when there is none. */
  numbers(tag: number): readonly number[];
  /** Where the bytes of a field lie in the file; undefined when there is none, or they lie outside. */
  place(tag: number): { readonly start: number; readonly end: number } | undefined;
}

/** Bytes per value of the field types BYTE, SHORT, LONG, UNDEFINED and IFD (TIFF 6.0, section 2); others are not read. */
const sizes: Readonly<Record<number, number>> = { 1: 1, 3: 2, 4: 4, 7: 1, 13: 4 };

const subDirectories = 330;
const mostDirectories = 64;
const mostValues = 4096;

/**
 * The directories of a TIFF, or of a RAW that is built like one, the first one first, then those chained to it and
 * below it (SubIFDs). The file may lie in everything: offsets are checked, loops end, and at most 64 directories are
 * read. Empty when it is no TIFF.
 */
export function tiffDirectories(bytes: Uint8Array): TiffDirectory[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const order = bytes.length < 8 ? 0 : view.getUint16(0);
  if (order !== 0x4949 && order !== 0x4d4d) return [];
  const isLittle = order === 0x4949;
  const directories: TiffDirectory[] = [];
  const waiting = [view.getUint32(4, isLittle)];
  const seen = new Set<number>();
  for (let offset = waiting.shift(); offset !== undefined; offset = waiting.shift()) {
    if (directories.length === mostDirectories) break;
    if (offset < 8 || offset + 2 > bytes.length || seen.has(offset)) continue;
    seen.add(offset);
    const count = view.getUint16(offset, isLittle);
    const end = offset + 2 + 12 * count;
    const directory = readDirectory(view, isLittle, offset + 2, Math.min(end, bytes.length - 11));
    directories.push(directory);
    waiting.push(...directory.numbers(subDirectories).slice(0, mostDirectories));
    if (end + 4 <= bytes.length) waiting.push(view.getUint32(end, isLittle));
  }
  return directories;
}

function readDirectory(view: DataView, isLittle: boolean, start: number, end: number): TiffDirectory {
  /** Offsets of the entries, by tag. */
  const entries = new Map<number, number>();
  for (let at = start; at < end; at += 12) entries.set(view.getUint16(at, isLittle), at);

  const place = (tag: number): { start: number; end: number } | undefined => {
    const entry = entries.get(tag);
    const size = entry === undefined ? undefined : sizes[view.getUint16(entry + 2, isLittle)];
    if (entry === undefined || size === undefined) return undefined;
    const length = size * view.getUint32(entry + 4, isLittle);
    const from = length <= 4 ? entry + 8 : view.getUint32(entry + 8, isLittle);
    return from + length <= view.byteLength ? { start: from, end: from + length } : undefined;
  };

  const numbers = (tag: number): number[] => {
    const field = place(tag);
    if (field === undefined) return [];
    const size = sizes[view.getUint16(entries.get(tag)! + 2, isLittle)]!;
    const count = Math.min(mostValues, (field.end - field.start) / size);
    return Array.from({ length: count }, (_, at) => {
      const from = field.start + at * size;
      if (size === 1) return view.getUint8(from);
      return size === 2 ? view.getUint16(from, isLittle) : view.getUint32(from, isLittle);
    });
  };

  return { numbers, place };
}
