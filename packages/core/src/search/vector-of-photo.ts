import { bytePathFromText } from "../byte-path.ts";
import type { Catalog } from "../db/open-catalog.ts";
import { ClipfindError } from "../errors.ts";
import type { Model } from "../models/open-model.ts";
import { PhotoEncoder, photoError } from "../photos/photo-encoder.ts";
import type { Vectors } from "../vectors.ts";

/**
 * The vector (float32, dims, unit length) of the photo at `path`, and its content id if it is indexed: then the stored
 * vector is used, whatever name the file goes by; otherwise the photo is encoded.
 * @param name - what messages call it
 * @throws ClipfindError IMAGE_UNREADABLE naming the file, MODEL_*
 */
export async function vectorOfPhoto(
  catalog: Catalog,
  vectors: Vectors,
  model: Model,
  path: string,
  name: string = path,
): Promise<{ vector: Float32Array; contentId: number | undefined }> {
  await using encoder = PhotoEncoder.start(model);
  try {
    const { hash } = await encoder.read(bytePathFromText(path));
    const contentId = catalog.contents.byHash(hash)?.id;
    const stored = contentId === undefined ? undefined : vectors.vector(contentId);
    return { vector: stored ?? (await encoder.encode()).vector, contentId };
  } catch (error) {
    const cause = photoError(error);
    if (!(cause instanceof ClipfindError) || cause.code !== "IMAGE_UNREADABLE") throw cause;
    throw new ClipfindError("IMAGE_UNREADABLE", `Cannot use ${name} as a query: ${cause.message}`, {
      cause,
      ...(cause.hint !== undefined && { hint: cause.hint }),
    });
  }
}
