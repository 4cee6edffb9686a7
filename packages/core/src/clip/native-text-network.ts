import { ClipfindError } from "../errors.ts";
import type { Model } from "../models/open-model.ts";
import { NativeTextTower } from "../native-towers.ts";
import { checkLength } from "./embedding-output.ts";
import type { TextNetwork } from "./text-network.ts";
import { TokenTable } from "./token-table.ts";

/**
 * A causal text tower on the kernels of crates/towers. A fresh process has its first vector there before
 * onnxruntime would be loaded.
 *
 * @param file - with the weights
 * @throws ClipfindError MODEL_INVALID, MODEL_NOT_FOUND, MODEL_MISMATCH when the file is of another model
 */
export function nativeTextNetwork(model: Model, file: string): TextNetwork {
  const table = TokenTable.open(model);
  try {
    const tower = new NativeTextTower(file);
    const { compiled, dims } = model.manifest;
    checkLength(tower.dims, dims, file);
    if (tower.width !== compiled?.text.width) {
      const message = `${file}: expected rows of ${compiled?.text.width} numbers, found ${tower.width}.`;
      throw new ClipfindError("MODEL_MISMATCH", message, { hint: "Pull or copy the model again." });
    }
    return {
      path: file,
      run: async (ids) => tower.encode(table.gather(ids)),
      close: async () => {
        table.close();
        tower.close();
      },
    };
  } catch (error) {
    table.close();
    throw error;
  }
}
