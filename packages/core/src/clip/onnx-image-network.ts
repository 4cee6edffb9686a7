import type { Device } from "../device.ts";
import { ClipfindError } from "../errors.ts";
import type { Model } from "../models/open-model.ts";
import { checkLength, embeddingOutput } from "./embedding-output.ts";
import type { ImageNetwork } from "./image-network.ts";
import { pixelNormalizer } from "./normalize-pixels.ts";
import { OnnxSession, type TensorForm, type TensorValue } from "./onnx-session.ts";

/**
 * An image tower on onnxruntime: a graph with one input of any name, either float32 [batch, 3, size, size], normalised,
 * or uint8 [batch, size, size, 3], pixels as they are; one embedding output.
 *
 * @param file - the graph
 * @throws ClipfindError MODEL_INVALID when the file is broken or has other inputs, MODEL_MISMATCH when its image size
 *   or its vectors are not those of the manifest, DEVICE_UNAVAILABLE
 */
export async function onnxImageNetwork(model: Model, file: string, device: Device): Promise<ImageNetwork> {
  const { dims, image } = model.manifest;
  const session = await OnnxSession.open(file, { device });
  try {
    const [input, ...others] = session.inputs;
    if (input === undefined || others.length > 0 || !(input.type === "float32" || input.type === "uint8")) {
      const found = session.inputs.map(({ name, type }) => `${name} ${type}`).join(", ");
      throw new ClipfindError("MODEL_INVALID", `${file}: expected one float32 input, found ${found}.`, {
        hint: "Use an export of the image tower alone, with float32 pixels.",
      });
    }
    const { type } = input;
    const shape = type === "uint8" ? [1, image.size, image.size, 3] : [1, 3, image.size, image.size];
    checkShape(file, input, shape);
    const normalize = type === "uint8" ? undefined : pixelNormalizer(image);
    const tensor = (pixels: Uint8Array): TensorValue =>
      normalize === undefined
        ? { type: "uint8", data: pixels, shape }
        : { type: "float32", data: normalize(pixels), shape };
    const output = embeddingOutput(session, dims);
    return {
      path: file,
      run: async (pixels) => {
        const values = await session.run({ [input.name]: tensor(pixels) }, output);
        checkLength(values.length, dims, file);
        return values;
      },
      close: () => session.close(),
    };
  } catch (error) {
    await session.close();
    throw error;
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
