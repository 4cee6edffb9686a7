import path from "node:path";
import type { Model } from "../models/open-model.ts";
import { isOwnTower, textTowerFile } from "../models/tower-files.ts";
import { nativeTextNetwork } from "./native-text-network.ts";
import { onnxTextNetwork } from "./onnx-text-network.ts";

/** What makes a vector of a text's tokens. Blocks its thread while it computes. */
export interface TextNetwork {
  /** Path of the file with the weights, for messages. */
  readonly path: string;
  /**
   * The vector of the tokens of a text, start and end included: float32 [dims], not of length 1.
   * @throws ClipfindError MODEL_FAILED, MODEL_MISMATCH, MODEL_INVALID, CLOSED
   */
  run(ids: readonly number[]): Promise<Float32Array>;
  /** Frees the model; may be called any number of times. */
  close(): Promise<void>;
}

/**
 * Opens the text tower of a model: clipfind's own where the model has weights for it, else onnxruntime.
 * @throws ClipfindError MODEL_INVALID, MODEL_NOT_FOUND, MODEL_MISMATCH
 */
export async function openTextNetwork(model: Model): Promise<TextNetwork> {
  const file = textTowerFile(model);
  const place = path.join(model.directory, file);
  return isOwnTower(file) ? nativeTextNetwork(model, place) : onnxTextNetwork(model, place);
}
