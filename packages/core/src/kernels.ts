import { type Kernels, kernels as nativeKernels } from "@clipfind/native";

/** What computes dot products in this process, and what this CPU could. Loading this file loads the add-on. */
export function kernels(): Kernels {
  return nativeKernels();
}

/**
 * Whether onnxruntime's sums of products of bytes may saturate on this CPU: pairs of them in 16 bits, without VNNI.
 * Those of clipfind's own towers never do.
 */
export function sumsSaturate(): boolean {
  const { features } = kernels();
  return process.arch === "x64" && !features.includes("avx512vnni") && !features.includes("avxvnni");
}
