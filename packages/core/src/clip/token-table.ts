import { closeSync, openSync, readSync } from "node:fs";
import path from "node:path";
import { ClipfindError } from "../errors.ts";
import type { Model } from "../models/open-model.ts";

/**
 * The token table of a compiled text tower, outside its graph: a text needs a few rows of its hundred megabytes. The
 * rows are read from the file; the page cache does the rest.
 */
export class TokenTable {
  readonly #path: string;
  readonly #file: number;
  readonly #width: number;
  readonly #vocabulary: number;
  #isOpen = true;

  /** @throws ClipfindError MODEL_NOT_FOUND when the file cannot be opened, MODEL_INVALID when the model has no table */
  static open({ directory, manifest }: Model): TokenTable {
    const file = path.join(directory, "textual/tokens.f32");
    if (manifest.compiled === undefined) {
      throw new ClipfindError("MODEL_INVALID", `${directory}: expected a compiled model, found a pair of ONNX files.`);
    }
    try {
      return new TokenTable(file, openSync(file, "r"), manifest.compiled.text);
    } catch (cause) {
      throw new ClipfindError("MODEL_NOT_FOUND", `${file}: expected a readable file of the model.`, {
        hint: "Pull or copy the model again.",
        cause,
      });
    }
  }

  private constructor(file: string, descriptor: number, form: { readonly width: number; readonly vocabulary: number }) {
    this.#path = file;
    this.#file = descriptor;
    this.#width = form.width;
    this.#vocabulary = form.vocabulary;
  }

  /**
   * The rows of the tokens, each with that of its place added.
   *
   * @returns float32 [ids.length, width]
   * @throws ClipfindError MODEL_INVALID for an id outside the vocabulary or a file that is too short, CLOSED
   */
  gather(ids: readonly number[]): Float32Array {
    // The number of a closed file may be another file's by now.
    if (!this.#isOpen) throw new ClipfindError("CLOSED", `${this.#path}: the model was closed.`);
    const width = this.#width;
    const rows = new Float32Array(ids.length * width);
    const positions = this.#read(this.#vocabulary, ids.length);
    for (const [at, id] of ids.entries()) {
      if (id >= this.#vocabulary) {
        throw new ClipfindError(
          "MODEL_INVALID",
          `${this.#path}: expected a row for token ${id}, found ${this.#vocabulary}.`,
          {
            hint: "tokenizer.json belongs to another model: pull or copy the model again.",
          },
        );
      }
      const row = this.#read(id, 1);
      for (let i = 0; i < width; i++) rows[at * width + i] = row[i]! + positions[at * width + i]!;
    }
    return rows;
  }

  close(): void {
    if (this.#isOpen) closeSync(this.#file);
    this.#isOpen = false;
  }

  #read(row: number, count: number): Float32Array {
    const rows = new Float32Array(count * this.#width);
    const bytes = new Uint8Array(rows.buffer);
    if (readSync(this.#file, bytes, 0, bytes.length, row * this.#width * 4) === bytes.length) return rows;
    throw new ClipfindError("MODEL_INVALID", `${this.#path}: expected a longer file.`, {
      hint: "Pull or copy the model again.",
    });
  }
}
