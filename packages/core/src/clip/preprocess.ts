import type { Sharp } from "sharp";
import type { ImageSettings } from "../models/model-manifest.ts";
import { resamplePicture } from "../resample-picture.ts";
import { decodePlan } from "./decode-plan.ts";
import { imageGeometry, seenRange } from "./image-geometry.ts";
import { decoding, openPicture } from "./open-picture.ts";
import type { PreprocessedImage } from "./preprocessed-image.ts";
import type { PictureLimits } from "./picture-limits.ts";
import { shrunkPicture } from "./shrunk-picture.ts";

/** In seconds. A picture of the largest size takes a few; this only stops what would never end. */
const decodeTimeout = 60;

/**
 * Decodes a picture the way CLIP's training saw pictures: upright by its EXIF orientation, sRGB (from its ICC profile
 * or CMYK), transparent parts on white, 8 bits, the first frame of an animation, shorter side to `size` with an
 * antialiased bicubic (or bilinear) filter, centre crop. Differs from Pillow's result by less than 48 dB PSNR allows.
 * A change here that makes other pixels must raise `preprocessingVersion`.
 *
 * Large JPEGs go a way of their own (shrunk-picture.ts). Others sharp decodes to about twice the wanted size, and an
 * exact resampling does the rest. sharp alone would do for most pictures, but it shifts by half a pixel what it enlarges
 * (23 dB) and what it shrinks while loading (33 dB).
 *
 * @param bytes - the whole file
 * @throws ClipfindError IMAGE_UNREADABLE with the reason; it cannot name the file, the caller knows it
 */
export async function preprocess(
  bytes: Uint8Array,
  settings: Pick<ImageSettings, "size"> & Partial<Pick<ImageSettings, "interpolation" | "resize">>,
  limits: PictureLimits = {},
): Promise<PreprocessedImage> {
  const shrunk = await shrunkPicture(bytes, settings, limits);
  if (shrunk !== undefined) return shrunk;
  const { size, resize, interpolation } = settings;
  const { image, width, height, orientation, decoder, format } = await openPicture(bytes, size, limits);
  const plan = decodePlan(width, height, size, decoder);
  const geometry = imageGeometry(width, height, size, orientation, resize);
  const bilinear = interpolation === "bilinear";
  const x = { ...geometry.x, source: (width * plan.width) / plan.coveredWidth, bilinear };
  const y = { ...geometry.y, source: (height * plan.height) / plan.coveredHeight, bilinear };
  const columns = seenRange(x, plan.width);
  const rows = seenRange(y, plan.height);
  const region = { left: columns.start, top: rows.start, width: columns.length, height: rows.length };

  if (plan.width < width) {
    // Scaled JPEG decoding is libjpeg's exact one; libwebp's is not (38 dB).
    const fastShrinkOnLoad = decoder === "jpeg";
    image.resize({ width: plan.width, height: plan.height, fit: "fill", kernel: "cubic", fastShrinkOnLoad });
  }
  const pixels = await decoding(() => decode(image.extract(region), region.width * region.height));
  return {
    pixels: resamplePicture({ ...region, pixels }, x, y, orientation),
    width: orientation.swap ? height : width,
    height: orientation.swap ? width : height,
    format,
  };
}

/** Runs the decoder; the result is 8-bit sRGB without alpha, 3 · count bytes. */
async function decode(image: Sharp, count: number): Promise<Uint8Array> {
  const pixels = await image
    .flatten({ background: "#ffffff" })
    .toColourspace("srgb")
    .removeAlpha()
    .timeout({ seconds: decodeTimeout })
    .raw({ depth: "uchar" })
    .toBuffer();
  if (pixels.length !== 3 * count) throw new Error(`${pixels.length} bytes instead of ${3 * count}`);
  return pixels;
}
