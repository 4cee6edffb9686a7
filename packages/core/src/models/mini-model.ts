import { directory } from "@clipfind/model-mini";
import { type Model, openModel } from "./open-model.ts";

/** Its fingerprint (a test sees to it): a search tells by it whether it has to do with this model, without opening it. */
export const miniFingerprint = "b5cd7beadb0af05a632c299f7315286c80dedc06fe973f9c58137648022e93cd";

/** The small model that ships with clipfind. It was trained on drawings of ours and knows no photographs. */
export function miniModel(): Model {
  return openModel(directory);
}
