import { type Kernels, kernels as nativeKernels } from "@clipfind/native";

/** What computes dot products in this process, and what this CPU could. Loading this file loads the add-on. */
export function kernels(): Kernels {
  return nativeKernels();
}
