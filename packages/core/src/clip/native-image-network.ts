import { ClipfindError } from "../errors.ts";
import type { Model } from "../models/open-model.ts";
import { NativeImageTower } from "../native-towers.ts";
import { checkLength } from "./embedding-output.ts";
import type { ImageNetwork } from "./image-network.ts";

/**
 * An image tower on the kernels of crates/towers.
 *
 * @param file - with the weights
 * @throws ClipfindError MODEL_INVALID, MODEL_NOT_FOUND, MODEL_MISMATCH when the file is of another model
 */
export function nativeImageNetwork(model: Model, file: string): ImageNetwork {
  const { dims, image } = model.manifest;
  const tower = new NativeImageTower(file);
  try {
    checkLength(tower.dims, dims, file);
    if (tower.size !== image.size) {
      const message = `${file}: expected pictures of ${image.size} pixels, found ${tower.size}.`;
      throw new ClipfindError("MODEL_MISMATCH", message, { hint: "Pull or copy the model again." });
    }
    return { path: file, run: async (pixels) => tower.encode(pixels), close: async () => tower.close() };
  } catch (error) {
    tower.close();
    throw error;
  }
}
