import type { Device } from "../device.ts";
import { ClipfindError } from "../errors.ts";
import type { Model } from "../models/open-model.ts";
import { type ImageNetwork, openImageNetwork } from "./image-network.ts";
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
  readonly #network: ImageNetwork;

  /**
   * Loads the image tower of a model.
   *
   * @param device - the CPU unless given; int8 is the CPU's alone
   * @throws ClipfindError MODEL_INVALID when its file is broken, MODEL_MISMATCH when its image size or its vectors are
   *   not those of the manifest, DEVICE_UNAVAILABLE
   */
  static async open(model: Model, device: Device = "cpu"): Promise<ImageTower> {
    return new ImageTower(model, await openImageNetwork(model, device));
  }

  private constructor(model: Model, network: ImageNetwork) {
    this.#model = model;
    this.#network = network;
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
    const { image } = this.#model.manifest;
    const count = 3 * image.size * image.size;
    if (pixels.length !== count) {
      throw new ClipfindError("INVALID_ARGUMENT", `Expected ${count} bytes of pixels, found ${pixels.length}.`);
    }
    return unitVector(await this.#network.run(pixels), this.#network.path);
  }

  /** Frees the model; may be called any number of times. */
  close(): Promise<void> {
    return this.#network.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
