import type { Model } from "../models/open-model.ts";
import { checkLength, embeddingOutput } from "./embedding-output.ts";
import { OnnxSession } from "./onnx-session.ts";
import { idInputs, tableInputs } from "./text-inputs.ts";
import type { TextNetwork } from "./text-network.ts";

/**
 * A text tower on onnxruntime: a compiled graph, or one with an integer input [batch, sequence] of any name, perhaps an
 * attention mask, and one embedding output.
 *
 * @param file - the graph
 * @throws ClipfindError MODEL_INVALID when the file is broken or has other inputs, MODEL_MISMATCH when its context
 *   length or its vectors are not those of the manifest
 */
export async function onnxTextNetwork(model: Model, file: string): Promise<TextNetwork> {
  const { text, compiled, dims } = model.manifest;
  // A text is short: a slower run costs less than preparing the weights for fast ones.
  const session = await OnnxSession.open(file, { once: true });
  try {
    const inputs = compiled === undefined ? idInputs(session, text) : tableInputs(model);
    const output = embeddingOutput(session, dims);
    return {
      path: file,
      run: async (ids) => {
        const values = await session.run(inputs.of(ids), output);
        checkLength(values.length, dims, file);
        return values;
      },
      close: async () => {
        inputs.close();
        await session.close();
      },
    };
  } catch (error) {
    await session.close();
    throw error;
  }
}
