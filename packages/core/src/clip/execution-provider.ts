import type { InferenceSession } from "onnxruntime-node";
import type { Device } from "../device.ts";

/** onnxruntime's name of a device. */
export const providerNames: Readonly<Record<Device, string>> = {
  cpu: "cpu",
  cuda: "cuda",
  coreml: "coreml",
  directml: "dml",
  webgpu: "webgpu",
};

/** COREML_FLAG_CREATE_MLPROGRAM: the newer of CoreML's two forms, which has more of a transformer's operations. */
const mlProgram = 0x10;

/** How onnxruntime is told to use a device; what that has no kernel for is left to the CPU. */
export function executionProvider(device: Device): InferenceSession.ExecutionProviderConfig {
  return device === "coreml" ? { name: "coreml", coreMlFlags: mlProgram } : providerNames[device];
}
