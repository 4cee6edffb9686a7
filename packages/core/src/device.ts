/** What an image tower can run on. Texts are always encoded on the CPU. */
export type Device = "coreml" | "cpu" | "cuda" | "directml" | "webgpu";

/** All there are, on one system or another. */
export const devices: readonly Device[] = ["cpu", "cuda", "coreml", "directml", "webgpu"];

/** What one picture takes on a device, or why that is not to be used. */
export type DeviceResult =
  | {
      /** Milliseconds for one picture, alone. */
      readonly ms: number;
      /** The smallest cosine to the CPU's fp32 vector, over some pictures. */
      readonly cosine: number;
    }
  | { readonly problem: string };
