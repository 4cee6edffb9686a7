import { copyFileSync, mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { createModelManifest } from "@clipfind/core";

/**
 * Makes a model directory of the stand-in dual encoder (NOT CLIP; it has CLIP's interface) in `directory`, from the
 * test data in `shared`. Resolves to `directory`.
 */
export async function makeStandinModel(shared: string, directory: string): Promise<string> {
  for (const file of ["visual/model.onnx", "textual/model.onnx", "textual/tokenizer.json"]) {
    mkdirSync(dirname(join(directory, file)), { recursive: true });
    copyFileSync(join(shared, "models/standin", file), join(directory, file));
  }
  await createModelManifest(directory, {
    name: "stand-in (not CLIP)",
    dims: 512,
    image: { size: 224 },
  });
  return directory;
}
