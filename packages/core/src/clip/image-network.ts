import path from "node:path";
import type { Device } from "../device.ts";
import type { Model } from "../models/open-model.ts";
import { imageTowerFile, isOwnTower } from "../models/tower-files.ts";
import { nativeImageNetwork } from "./native-image-network.ts";
import { onnxImageNetwork } from "./onnx-image-network.ts";

/** What makes a vector of a picture's pixels. Blocks its thread while it computes. */
export interface ImageNetwork {
  /** Path of the file with the weights, for messages. */
  readonly path: string;
  /**
   * The vector of a picture: uint8 [size, size, 3] to float32 [dims], not of length 1.
   * @throws ClipfindError MODEL_FAILED, MODEL_MISMATCH, DEVICE_UNAVAILABLE, CLOSED
   */
  run(pixels: Uint8Array): Promise<Float32Array>;
  /** Frees the model; may be called any number of times. */
  close(): Promise<void>;
}

/**
 * Opens the image tower of a model: clipfind's own where the model has weights for it, else onnxruntime.
 * @throws ClipfindError MODEL_INVALID, MODEL_NOT_FOUND, MODEL_MISMATCH, DEVICE_UNAVAILABLE
 */
export async function openImageNetwork(model: Model, device: Device): Promise<ImageNetwork> {
  const file = imageTowerFile(model);
  const place = path.join(model.directory, file);
  return isOwnTower(file) ? nativeImageNetwork(model, place) : onnxImageNetwork(model, place, device);
}
