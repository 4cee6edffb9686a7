import { type FileHandle, open } from "node:fs/promises";
import { halfFloats } from "./half-floats.ts";

export type VectorType = "float16" | "float32";

/** Bytes of the header, whatever the number of rows. */
const headerBytes = 128;

/** A NumPy file (format 1.0) of little-endian floats, [rows, dims], written row after row. */
export class NpyFile implements AsyncDisposable {
  readonly #handle: FileHandle;
  readonly #dims: number;
  readonly #type: VectorType;
  #rows = 0;

  private constructor(handle: FileHandle, dims: number, type: VectorType) {
    this.#handle = handle;
    this.#dims = dims;
    this.#type = type;
  }

  /** Makes the file `path`, which must not be there. */
  static async create(path: string, dims: number, type: VectorType): Promise<NpyFile> {
    const handle = await open(path, "wx");
    await handle.write(Buffer.alloc(headerBytes));
    return new NpyFile(handle, dims, type);
  }

  /** Adds rows: float32, one after the other. */
  async write(rows: Float32Array): Promise<void> {
    const values = this.#type === "float16" ? halfFloats(rows) : rows;
    await this.#handle.writeFile(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
    this.#rows += rows.length / this.#dims;
  }

  /** Writes the header, now that the number of rows is known, and sees to it that all is on the disk. */
  async finish(): Promise<void> {
    const descr = this.#type === "float16" ? "<f2" : "<f4";
    const text = `{'descr': '${descr}', 'fortran_order': False, 'shape': (${this.#rows}, ${this.#dims}), }`;
    const header = Buffer.alloc(headerBytes, " ");
    header.write("\u0093NUMPY\u0001\u0000", 0, "latin1");
    header.writeUInt16LE(headerBytes - 10, 8);
    header.write(text, 10, "latin1");
    header.write("\n", headerBytes - 1, "latin1");
    await this.#handle.write(header, 0, headerBytes, 0);
    await this.#handle.sync();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#handle.close();
  }
}
