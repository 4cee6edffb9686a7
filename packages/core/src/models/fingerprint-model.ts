import { createHash } from "node:crypto";
import { modelFiles, type ModelManifest } from "./model-manifest.ts";

/**
 * Counts the meanings that src/clip/ has given to "this picture" and "this text". Raise it with every change there
 * that makes other pixels of the same file or other tokens of the same text: stored vectors then count as another
 * model's and are encoded anew.
 */
export const preprocessingVersion = 1;

/**
 * SHA-256 (hex) over everything that decides a vector: the content of the three files, dims, the image settings, the
 * context length and {@link preprocessingVersion}. The name and the place of the model do not count.
 */
export function fingerprintModel(manifest: ModelManifest): string {
  const { dims, image, text, files } = manifest;
  const parts = [
    preprocessingVersion,
    dims,
    [image.size, image.mean, image.std, image.resize, image.crop, image.interpolation],
    text.contextLength,
    modelFiles.map((file) => files[file].sha256),
  ];
  return createHash("sha256").update(JSON.stringify(parts)).digest("hex");
}
