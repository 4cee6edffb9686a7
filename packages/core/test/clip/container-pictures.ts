/** Minimal RAW files for tests: a JPEG wrapped in as little as makes a reader find it. No camera wrote these. */

/** A field of a TIFF directory: LONG values, bytes (UNDEFINED) of which the offset is stored, or a directory below. */
type Field = number | readonly number[] | Buffer;

/** A TIFF of several directories; fields may name the place of a JPEG (`jpegAt`) that is appended. */
export interface TiffParts {
  readonly magic?: string;
  /** Chained directories; tag 330 of the first one gets the `below` ones. */
  readonly directories: readonly (readonly (readonly [tag: number, field: Field])[])[];
  readonly below?: readonly (readonly (readonly [tag: number, field: Field])[])[];
  /** Bytes at 4096, for fields to point at. */
  readonly payload?: Buffer;
}

/** Where `payload` lies. */
export const payloadAt = 4096;

/** Builds a little-endian TIFF: every directory gets 512 bytes. */
export function tiff({ magic = "II*\0", directories, below = [], payload = Buffer.alloc(0) }: TiffParts): Buffer {
  const file = Buffer.alloc(payloadAt);
  file.write(magic, 0, "latin1");
  const place = (at: number): number => 16 + 512 * at;
  file.writeUInt32LE(place(0), 4);
  const all = [...directories, ...below];
  for (const [number, fields] of all.entries()) {
    const children = below.map((_, at) => place(directories.length + at));
    const entries = [...fields, ...(number === 0 && children.length > 0 ? [[330, children] as const] : [])];
    const at = place(number);
    file.writeUInt16LE(entries.length, at);
    let free = at + 2 + 12 * entries.length + 4;
    for (const [index, [tag, field]] of entries.entries()) {
      const entry = at + 2 + 12 * index;
      file.writeUInt16LE(tag, entry);
      if (Buffer.isBuffer(field)) {
        file.writeUInt16LE(7, entry + 2);
        file.writeUInt32LE(field.length, entry + 4);
        file.writeUInt32LE(payloadAt, entry + 8);
        continue;
      }
      const values = typeof field === "number" ? [field] : field;
      file.writeUInt16LE(4, entry + 2);
      file.writeUInt32LE(values.length, entry + 4);
      let to = entry + 8;
      if (values.length > 1) {
        file.writeUInt32LE(free, to);
        to = free;
        free += 4 * values.length;
      }
      for (const [position, value] of values.entries()) file.writeUInt32LE(value, to + 4 * position);
    }
    const next = number + 1 < directories.length ? place(number + 1) : 0;
    file.writeUInt32LE(next, at + 2 + 12 * entries.length);
  }
  return Buffer.concat([file, payload]);
}

/** A box of an ISO base media file. */
export function box(type: string, ...content: readonly Buffer[]): Buffer {
  const body = Buffer.concat(content);
  const head = Buffer.alloc(8);
  head.writeUInt32BE(body.length + 8, 0);
  head.write(type, 4, "latin1");
  return Buffer.concat([head, body]);
}

/** A Windows bitmap of 24 bits, rows from the bottom up, from RGB pixels. */
export function bmp(width: number, height: number, rgb: Buffer): Buffer {
  const stride = Math.ceil((3 * width) / 4) * 4;
  const file = Buffer.alloc(54 + stride * height);
  file.write("BM", 0, "latin1");
  file.writeUInt32LE(file.length, 2);
  file.writeUInt32LE(54, 10);
  file.writeUInt32LE(40, 14);
  file.writeInt32LE(width, 18);
  file.writeInt32LE(height, 22);
  file.writeUInt16LE(1, 26);
  file.writeUInt16LE(24, 28);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const from = 3 * (y * width + x);
      file.set([rgb[from + 2]!, rgb[from + 1]!, rgb[from]!], 54 + stride * (height - 1 - y) + 3 * x);
    }
  }
  return file;
}
