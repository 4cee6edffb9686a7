import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { ClipfindError } from "../../errors.ts";
import { floatsOf, type FloatType, floatBytes } from "./floats-of.ts";
import type { RowRange, Tensors } from "./tensors.ts";

/** The format's own bound on its header. */
const maximumHeaderBytes = 100_000_000;

interface Entry {
  readonly type: FloatType;
  readonly shape: readonly number[];
  readonly start: number;
  readonly bytes: number;
}

/**
 * A `.safetensors` file (the layout is that of the safetensors library: a little-endian length, a JSON header, the
 * data). Everything the header says is checked against the size of the file before anything is read.
 */
export class Safetensors implements Tensors {
  readonly source: string;
  readonly #file: number;
  readonly #entries: ReadonlyMap<string, Entry>;

  /** @throws ClipfindError MODEL_NOT_FOUND when the file cannot be opened, MODEL_INVALID when it is no safetensors file */
  static open(path: string): Safetensors {
    let file: number;
    try {
      file = openSync(path, "r");
    } catch (cause) {
      throw new ClipfindError("MODEL_NOT_FOUND", `${path}: expected a readable file with weights.`, {
        hint: "Copy or pull the model again.",
        cause,
      });
    }
    try {
      return new Safetensors(path, file, readHeader(file, path));
    } catch (error) {
      closeSync(file);
      throw error;
    }
  }

  private constructor(source: string, file: number, entries: ReadonlyMap<string, Entry>) {
    this.source = source;
    this.#file = file;
    this.#entries = entries;
  }

  has(name: string): boolean {
    return this.#entries.has(name);
  }

  shape(name: string): readonly number[] {
    return this.#entry(name).shape;
  }

  read(name: string, rows?: RowRange): Float32Array {
    const { type, shape, start, bytes } = this.#entry(name);
    if (rows === undefined) return floatsOf(type, readExactly(this.#file, start, bytes, this.source));
    const rowBytes = bytes / (shape[0] ?? 1);
    const first = start + rows.first * rowBytes;
    return floatsOf(type, readExactly(this.#file, first, rows.count * rowBytes, this.source));
  }

  close(): void {
    closeSync(this.#file);
  }

  #entry(name: string): Entry {
    const entry = this.#entries.get(name);
    if (entry !== undefined) return entry;
    throw invalid(this.source, `a tensor ${name}`, "none");
  }
}

function readHeader(file: number, path: string): Map<string, Entry> {
  const { size } = fstatSync(file);
  if (size < 10) throw invalid(path, "a safetensors file", `${size} bytes`);
  const length = Number(readExactly(file, 0, 8, path).readBigUInt64LE());
  if (length > Math.min(maximumHeaderBytes, size - 8)) {
    throw invalid(path, "a safetensors file", `a header of ${length} bytes in a file of ${size}`);
  }
  let header: unknown;
  try {
    header = JSON.parse(readExactly(file, 8, length, path).toString("utf8"));
  } catch {
    throw invalid(path, "a header of JSON", "something else");
  }
  if (typeof header !== "object" || header === null)
    throw invalid(path, "a header that is an object", "something else");
  const data = 8 + length;
  const entries = new Map<string, Entry>();
  for (const [name, value] of Object.entries(header)) {
    if (name === "__metadata__") continue;
    const entry = entryOf(value, data, size);
    // Position ids and the like are integers; nobody asks for them.
    if (entry === "other type") continue;
    if (entry === undefined) throw invalid(path, `a place in the file for the tensor ${name}`, JSON.stringify(value));
    entries.set(name, entry);
  }
  return entries;
}

function entryOf(value: unknown, data: number, size: number): Entry | "other type" | undefined {
  const { dtype, shape, data_offsets: offsets } = (value ?? {}) as Record<string, unknown>;
  if (!Array.isArray(shape) || !shape.every((side) => Number.isSafeInteger(side) && side >= 0)) return undefined;
  if (!Array.isArray(offsets) || offsets.length !== 2 || !offsets.every(Number.isSafeInteger)) return undefined;
  const [begin, end] = offsets as [number, number];
  if (begin < 0 || end < begin || data + end > size) return undefined;
  if (dtype !== "F32" && dtype !== "F16" && dtype !== "BF16") return "other type";
  const bytes = shape.reduce((product: number, side: number) => product * side, floatBytes[dtype]);
  return bytes === end - begin ? { type: dtype, shape, start: data + begin, bytes } : undefined;
}

function readExactly(file: number, position: number, length: number, path: string): Buffer {
  // Not from the pool: the buffer's memory becomes that of a Float32Array.
  const buffer = Buffer.from(new ArrayBuffer(length));
  let done = 0;
  while (done < length) {
    // One read() gives at most 2 GiB.
    const read = readSync(file, buffer, done, Math.min(length - done, 1 << 30), position + done);
    if (read === 0) throw invalid(path, `${length} bytes at ${position}`, `${done}`);
    done += read;
  }
  return buffer;
}

function invalid(path: string, expected: string, found: string): ClipfindError {
  return new ClipfindError("MODEL_INVALID", `${path}: expected ${expected}, found ${found}.`, {
    hint: "The file is damaged or of another model: copy or pull it again.",
  });
}
