import type { ImageSettings } from "../models/model-manifest.ts";
import { jpegHeader, shrinkJpeg } from "../shrink-jpeg.ts";
import { leastReserve } from "./decode-plan.ts";
import { imageGeometry } from "./image-geometry.ts";
import { orientationOf } from "./orientation.ts";
import { limitsOf, type PictureLimits } from "./picture-limits.ts";
import type { PreprocessedImage } from "./preprocessed-image.ts";

const divisors = [8, 4, 2] as const;

/**
 * The way of large JPEGs: decoded by the add-on at a half, a quarter or an eighth of their size, in a half to a third of
 * the time that libjpeg takes, for it steps over the codes of what would not show. Undefined for everything else: small
 * pictures, JPEGs that cameras do not write, other colours than sRGB, and damaged ones, of which sharp may say what is
 * wrong with them.
 *
 * @param bytes - the whole file
 */
export async function shrunkPicture(
  bytes: Uint8Array,
  {
    size,
    resize,
    interpolation,
  }: Pick<ImageSettings, "size"> & Partial<Pick<ImageSettings, "interpolation" | "resize">>,
  limits: PictureLimits,
): Promise<PreprocessedImage | undefined> {
  if (bytes[0] !== 0xff || bytes[1] !== 0xd8) return undefined;
  const header = jpegHeader(bytes);
  if (header === undefined) return undefined;
  const { width, height } = header;
  const divisor = divisors.find((number) => Math.min(width, height) >= leastReserve * number * size);
  if (divisor === undefined || width * height > limitsOf(limits).pixels) return undefined;
  const orientation = orientationOf(header.orientation);
  const { x, y } = imageGeometry(width, height, size, orientation, resize);
  const bilinear = interpolation === "bilinear";
  const axes = { x: { ...x, source: width / divisor, bilinear }, y: { ...y, source: height / divisor, bilinear } };
  const pixels = await shrinkJpeg(bytes, divisor, axes, orientation);
  if (pixels === undefined) return undefined;
  const [across, down] = orientation.swap ? [height, width] : [width, height];
  return { pixels, width: across, height: down, format: "jpeg" };
}
