import path from "node:path";
import type { Device } from "../device.ts";
import { ClipfindError } from "../errors.ts";
import type { Model } from "../models/open-model.ts";
import { imageTowerFile } from "../models/tower-files.ts";
import { checkLength, embeddingOutput } from "./embedding-output.ts";
import { pixelNormalizer } from "./normalize-pixels.ts";
import { OnnxSession, type TensorForm, type TensorValue } from "./onnx-session.ts";
import { preprocess } from "./preprocess.ts";
import type { PreprocessedImage } from "./preprocessed-image.ts";
import { unitVector } from "./unit-vector.ts";

/** The vector of a picture, of length 1, and what the file said about it. */
export interface EmbeddedImage extends Omit<PreprocessedImage, "pixels"> {
  readonly vector: Float32Array;
}

/** The half of a CLIP model that reads pictures. Blocks its thread while it computes: use it in a worker. */
export class ImageTower {
  readonly #model: Model;
  readonly #session: OnnxSession;
  readonly #input: string;
  readonly #tensor: (pixels: Uint8Array) => TensorValue;
  readonly #output: string;

  /**
   * Loads `visual/model.onnx`: one input of any name, either float32 [batch, 3, size, size], normalised, or uint8
   * [batch, size, size, 3], pixels as they are; one embedding output.
   *
   * @throws ClipfindError MODEL_INVALID when the file is broken or has other inputs, MODEL_MISMATCH when its image size
   *   or its vectors are not those of the manifest, DEVICE_UNAVAILABLE
   */
  static async open(model: Model, device: Device = "cpu"): Promise<ImageTower> {
    const session = await OnnxSession.open(path.join(model.directory, imageTowerFile(model)), { device });
    try {
      return new ImageTower(model, session);
    } catch (error) {
      await session.close();
      throw error;
    }
  }

  private constructor(model: Model, session: OnnxSession) {
    const { dims, image } = model.manifest;
    const [input, ...others] = session.inputs;
    if (input === undefined || others.length > 0 || !(input.type === "float32" || input.type === "uint8")) {
      const found = session.inputs.map(({ name, type }) => `${name} ${type}`).join(", ");
      throw new ClipfindError("MODEL_INVALID", `${session.path}: expected one float32 input, found ${found}.`, {
        hint: "Use an export of the image tower alone, with float32 pixels.",
      });
    }
    const { type } = input;
    const shape = type === "uint8" ? [1, image.size, image.size, 3] : [1, 3, image.size, image.size];
    checkShape(session.path, input, shape);
    const normalize = type === "uint8" ? undefined : pixelNormalizer(image);
    this.#tensor = (pixels) =>
      normalize === undefined
        ? { type: "uint8", data: pixels, shape }
        : { type: "float32", data: normalize(pixels), shape };
    this.#model = model;
    this.#session = session;
    this.#input = input.name;
    this.#output = embeddingOutput(session, dims);
  }

  /**
   * Embeds one picture.
   *
   * @param bytes - the whole file
   * @throws ClipfindError IMAGE_UNREADABLE (without the file's name), MODEL_FAILED, MODEL_MISMATCH, CLOSED
   */
  async embedImage(bytes: Uint8Array): Promise<EmbeddedImage> {
    const { pixels, ...about } = await preprocess(bytes, this.#model.manifest.image);
    return { vector: await this.embedPixels(pixels), ...about };
  }

  /**
   * Embeds one preprocessed picture.
   *
   * @param pixels - uint8 [size, size, 3]: upright RGB pixels, row by row
   * @returns float32 [dims], of length 1
   * @throws ClipfindError INVALID_ARGUMENT for another number of pixels, MODEL_FAILED, MODEL_MISMATCH, CLOSED
   */
  async embedPixels(pixels: Uint8Array): Promise<Float32Array> {
    const { dims, image } = this.#model.manifest;
    const count = 3 * image.size * image.size;
    if (pixels.length !== count) {
      throw new ClipfindError("INVALID_ARGUMENT", `Expected ${count} bytes of pixels, found ${pixels.length}.`);
    }
    const values = await this.#session.run({ [this.#input]: this.#tensor(pixels) }, this.#output);
    checkLength(values.length, dims, this.#session.path);
    return unitVector(values, this.#session.path);
  }

  /** Frees the model; may be called any number of times. */
  close(): Promise<void> {
    return this.#session.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/** A dimension that is open fits anything; so does a shape that is not declared. */
function checkShape(file: string, { shape }: TensorForm, expected: readonly number[]): void {
  if (shape.length === 0) return;
  if (shape.length === 4 && shape.every((side, at) => (side ?? expected[at]) === expected[at])) return;
  const found = shape.map((side) => side ?? "?").join(", ");
  throw new ClipfindError("MODEL_MISMATCH", `${file}: expected input [${expected.join(", ")}], found [${found}].`, {
    hint: "Set image.size in the manifest to the size the model was exported for.",
  });
}
