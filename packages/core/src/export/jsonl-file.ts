import { type FileHandle, open } from "node:fs/promises";
import type { ExportedPhoto } from "./exported-photo.ts";

/** A file of JSON objects, a photo a line, with its vector. */
export class JsonlFile implements AsyncDisposable {
  readonly #handle: FileHandle;
  readonly #dims: number;

  private constructor(handle: FileHandle, dims: number) {
    this.#handle = handle;
    this.#dims = dims;
  }

  /** Makes the file `path`, which must not be there. */
  static async create(path: string, dims: number): Promise<JsonlFile> {
    return new JsonlFile(await open(path, "wx"), dims);
  }

  /** Adds photos, and their vectors: float32, one after the other. */
  async write(photos: readonly ExportedPhoto[], vectors: Float32Array): Promise<void> {
    const lines = photos.map((photo, row) => {
      const vector = vectors.subarray(row * this.#dims, (row + 1) * this.#dims);
      return `${JSON.stringify({ ...photo, embedding: Array.from(vector, shortest) })}\n`;
    });
    await this.#handle.writeFile(lines.join(""));
  }

  async finish(): Promise<void> {
    await this.#handle.sync();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#handle.close();
  }
}

/** A decimal number of at most nine digits, which is read as the same float32. */
function shortest(value: number): number {
  return Number(value.toPrecision(9));
}
