import type { Model } from "../models/open-model.ts";
import { serveWorker } from "../threads/serve-worker.ts";
import { TextTower } from "./text-tower.ts";

// Entry file of the thread that text-encoder.ts starts.
serveWorker(async (model: Model) => {
  const tower = await TextTower.open(model);
  return {
    encode: (text: string) => tower.embedText(text),
    close: () => tower.close(),
  };
});
