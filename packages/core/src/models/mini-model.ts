import { directory } from "@clipfind/model-mini";
import { type Model, openModel } from "./open-model.ts";

/** Its fingerprint (a test sees to it): a search tells by it whether it has to do with this model, without opening it. */
export const miniFingerprint = "7a8351e20a9d7575b2b9a4600abd678caa0d9cd848a23a492318638fedb8dc1c";

/** The small model that ships with clipfind. It was trained on drawings of ours and knows no photographs. */
export function miniModel(): Model {
  return openModel(directory);
}
