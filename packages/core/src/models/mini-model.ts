import { directory } from "@clipfind/model-mini";
import { type Model, openModel } from "./open-model.ts";

/** The small model that ships with clipfind. It was trained on drawings of ours and knows no photographs. */
export function miniModel(): Model {
  return openModel(directory);
}
