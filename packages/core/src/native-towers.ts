import { ImageTower, TextTower } from "@clipfind/native";
import { ClipfindError, type ErrorCode } from "./errors.ts";

/** The transformer of a compiled model's text tower, in Rust. A call blocks its thread for a few milliseconds. */
export class NativeTextTower {
  readonly #tower: TextTower;
  /** Numbers for each token. */
  readonly width: number;
  /** Length of the vectors. */
  readonly dims: number;

  /**
   * Opens a file of weights (crates/towers), of which it reads the beginning only.
   * @throws ClipfindError MODEL_NOT_FOUND, MODEL_INVALID, INVALID_ARGUMENT when CLIPFIND_KERNEL names no kernel
   */
  constructor(path: string) {
    this.#tower = translated(() => TextTower.open(path));
    this.width = this.#tower.width;
    this.dims = this.#tower.dims;
  }

  /**
   * The vector of a text, float32 [dims], not of length 1.
   *
   * @param rows - float32 [tokens, width]: the embeddings of its tokens up to the end token
   * @throws ClipfindError MODEL_INVALID when the file was cut short meanwhile, INVALID_ARGUMENT for too many tokens, CLOSED
   */
  encode(rows: Float32Array): Float32Array {
    return translated(() => this.#tower.encode(rows));
  }

  /** Closes the file; may be called any number of times. */
  close(): void {
    this.#tower.close();
  }
}

/** The image tower of a compiled model, in Rust. A call blocks its thread for the time of a picture. */
export class NativeImageTower {
  readonly #tower: ImageTower;
  /** Side of the pictures, in pixels. */
  readonly size: number;
  /** Length of the vectors. */
  readonly dims: number;

  /**
   * Maps a file of weights (crates/towers).
   * @throws ClipfindError MODEL_NOT_FOUND, MODEL_INVALID, INVALID_ARGUMENT when CLIPFIND_KERNEL names no kernel
   */
  constructor(path: string) {
    this.#tower = translated(() => ImageTower.open(path));
    this.size = this.#tower.size;
    this.dims = this.#tower.dims;
  }

  /**
   * The vector of a picture, float32 [dims], not of length 1.
   *
   * @param pixels - uint8 [size, size, 3]
   * @throws ClipfindError INVALID_ARGUMENT for another number of pixels, CLOSED
   */
  encode(pixels: Uint8Array): Float32Array {
    return translated(() => this.#tower.encode(pixels));
  }

  /** Unmaps the file; may be called any number of times. */
  close(): void {
    this.#tower.close();
  }
}

function translated<T>(call: () => T): T {
  try {
    return call();
  } catch (error) {
    const [, code = "", message = ""] = /^([A-Z][A-Z_]+): (.*)$/s.exec((error as Error).message) ?? [];
    const meaning = meanings[code];
    if (meaning === undefined) throw error;
    const hint = code.startsWith("MODEL_") ? { hint: "Pull or copy the model again." } : {};
    throw new ClipfindError(meaning, message, { ...hint, cause: error });
  }
}

/** The crate's codes (crates/towers/src/error.rs) and what they are to a user of the library. */
const meanings: Readonly<Record<string, ErrorCode>> = {
  CLOSED: "CLOSED",
  INVALID_ARGUMENT: "INVALID_ARGUMENT",
  KERNEL_UNAVAILABLE: "INVALID_ARGUMENT",
  KERNEL_UNKNOWN: "INVALID_ARGUMENT",
  MODEL_INVALID: "MODEL_INVALID",
  MODEL_NOT_FOUND: "MODEL_NOT_FOUND",
};
