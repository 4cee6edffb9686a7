// node tools/mini-clip/training/write-model-manifest.ts [PACKAGE]: writes model.json for the exported towers.
import { join } from "node:path";
import { createModelManifest } from "../../../packages/core/src/models/create-model-manifest.ts";

const directory = process.argv[2] ?? join(import.meta.dirname, "../../../packages/model-mini");
await createModelManifest(directory, { name: "clipfind mini (drawings)", dims: 512, image: { size: 256 } });
