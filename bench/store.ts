// The one door of the benchmarks to the store: they measure the add-on itself, below what core puts around it.
export { VectorStore, kernels, verifyStore } from "@clipfind/native";
export type { SearchHits } from "@clipfind/native";
