import { createHash } from "node:crypto";
import type { Precision } from "../precision.ts";
import { exportedFiles, type ModelManifest } from "./model-manifest.ts";
import { imageTowerFile, isOwnTower } from "./tower-files.ts";

/**
 * Counts the meanings that src/clip/ has given to "this picture" and "this text". Raise it with every change there
 * that makes other pixels of the same file or other tokens of the same text: stored vectors then count as another
 * model's and are encoded anew.
 */
export const preprocessingVersion = 2;

/**
 * SHA-256 (hex) over everything that decides a vector: dims, the image settings, the context length,
 * {@link preprocessingVersion}, and the content of the three files; of a compiled model the weights, how the graphs
 * are built, and the precision, which in int8 is another one on clipfind's own code. The name and the place of the model
 * do not count.
 */
export function fingerprintModel(manifest: ModelManifest, precision: Precision): string {
  const { dims, image, text, files, compiled } = manifest;
  const parts = [
    preprocessingVersion,
    dims,
    [image.size, image.mean, image.std, image.resize, image.crop, image.interpolation],
    text.contextLength,
    compiled === undefined
      ? exportedFiles.map((file) => files[file]?.sha256)
      : [
          compiled.version,
          compiled.weights,
          isOwnTower(imageTowerFile({ manifest, precision })) ? `${precision} rows` : precision,
        ],
  ];
  return createHash("sha256").update(JSON.stringify(parts)).digest("hex");
}
