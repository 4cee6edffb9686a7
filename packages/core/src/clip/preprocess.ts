import type { Sharp } from "sharp";
import { ClipfindError } from "../errors.ts";
import type { ImageSettings } from "../models/model-manifest.ts";
import { type Axis, type Geometry, imageGeometry, seenRange } from "./image-geometry.ts";
import { loadSharp } from "./load-sharp.ts";
import { normalizePixels } from "./normalize-pixels.ts";
import { orientationOf } from "./orientation.ts";
import { type PictureFormat, sniffPicture } from "./picture-format.ts";
import { resampleBicubic } from "./resample-bicubic.ts";

/** A picture as an image tower takes it, and what was learned on the way. */
export interface PreprocessedImage {
  /** float32 [3, size, size], normalised. */
  readonly pixels: Float32Array;
  /** Size in pixels of the whole picture, upright. */
  readonly width: number;
  readonly height: number;
  readonly format: PictureFormat;
}

/** Largest picture that is decoded: 2^28 pixels cover every camera; more is a mistake or an attack. */
const maximumPixels = 2 ** 28;

/** A longer side of more than this many sizes is cut before it is resized. */
const longestResize = 16;

/** A picture of the largest size takes a few seconds; this only stops what would never end. In seconds. */
const decodeTimeout = 60;

/**
 * Decodes a picture the way CLIP's training saw pictures: upright by its EXIF orientation, sRGB (from its ICC profile
 * or CMYK), transparent parts on white, 8 bits, the first frame of an animation, shorter side to `size` with an
 * antialiased bicubic filter, centre crop, normalised. Stays within 48 dB of Pillow's bicubic (docs/models.md).
 * A change here that makes other pixels must raise `preprocessingVersion`.
 *
 * @param bytes - the whole file
 * @throws ClipfindError IMAGE_UNREADABLE with the reason; it cannot name the file, the caller knows it
 */
export async function preprocess(
  bytes: Uint8Array,
  settings: Pick<ImageSettings, "mean" | "size" | "std">,
): Promise<PreprocessedImage> {
  const sniffed = sniffPicture(bytes);
  if ("refused" in sniffed) {
    throw new ClipfindError(
      "IMAGE_UNREADABLE",
      `Expected a JPEG, PNG, WebP, AVIF, GIF or TIFF, found ${sniffed.refused}.`,
      {
        hint: "Convert it to one of these formats, or leave it out of the indexed folders.",
      },
    );
  }

  const sharp = await loadSharp();
  const image = sharp(bytes, { failOn: "error", limitInputPixels: false, sequentialRead: true });
  const metadata = await decoding(() => image.metadata());
  const { width, height } = metadata;
  if (width * height > maximumPixels) {
    const found = `${width} x ${height} = ${Math.round((width * height) / 1e6)} megapixels`;
    throw new ClipfindError(
      "IMAGE_UNREADABLE",
      `Expected at most ${Math.round(maximumPixels / 1e6)} megapixels, found ${found}.`,
      { hint: "Scale the picture down, or leave it out of the indexed folders." },
    );
  }

  const orientation = orientationOf(metadata.orientation);
  const geometry = imageGeometry(width, height, settings.size, orientation);
  const isSmall = Math.min(width, height) < settings.size;
  const pixels = await decoding(() => (isSmall ? enlarge(image, geometry) : reduce(image, geometry)));
  return {
    pixels: normalizePixels(pixels, settings, orientation),
    width: orientation.swap ? height : width,
    height: orientation.swap ? width : height,
    format: sniffed.format,
  };
}

/**
 * The square input from a picture that has to grow. libvips shifts a picture by up to half a pixel when it enlarges
 * (23 dB against Pillow, measured with sharp 0.35.5), so it only decodes here; there is little to compute.
 */
async function enlarge(image: Sharp, { x, y }: Geometry): Promise<Uint8Array> {
  const columns = seenRange(x);
  const rows = seenRange(y);
  const region = { left: columns.start, top: rows.start, width: columns.length, height: rows.length };
  const pixels = await rgb(image.extract(region), region.width * region.height);
  return resampleBicubic({ ...region, pixels }, x, y);
}

/** The square input from a picture that has to shrink; a JPEG is decoded at a fraction of its size where it can be. */
async function reduce(image: Sharp, { x, y }: Geometry): Promise<Uint8Array> {
  const columns = cutToSeen(x);
  const rows = cutToSeen(y);
  const isCut = columns.region !== undefined || rows.region !== undefined;
  const source = isCut
    ? image.extract({
        left: columns.region?.start ?? 0,
        width: columns.region?.length ?? x.source,
        top: rows.region?.start ?? 0,
        height: rows.region?.length ?? y.source,
      })
    : image;
  const resized = source
    .resize({ width: columns.target, height: rows.target, fit: "fill", kernel: "cubic" })
    .extract({ left: columns.offset, top: rows.offset, width: x.size, height: y.size });
  return rgb(resized, x.size * y.size);
}

/**
 * An axis as sharp should treat it. Of a very long one only the part is resized that is kept, so that a strip of
 * 300 x 100,000 pixels costs no more than another picture; the part's scale is off by less than a pixel over the crop.
 */
function cutToSeen(axis: Axis): Pick<Axis, "offset" | "target"> & { region?: ReturnType<typeof seenRange> } {
  if (axis.target <= longestResize * axis.size) return axis;
  const region = seenRange(axis);
  const scale = axis.source / axis.target;
  const target = Math.max(axis.size, Math.round(region.length / scale));
  const offset = Math.min(target - axis.size, Math.max(0, Math.round(axis.offset - region.start / scale)));
  return { region, target, offset };
}

/** Finishes the pipeline as 8-bit sRGB without alpha. */
async function rgb(image: Sharp, count: number): Promise<Uint8Array> {
  const pixels = await image
    .flatten({ background: "#ffffff" })
    .toColourspace("srgb")
    .removeAlpha()
    .timeout({ seconds: decodeTimeout })
    .raw({ depth: "uchar" })
    .toBuffer();
  if (pixels.length !== 3 * count) throw new Error(`${pixels.length} bytes instead of ${3 * count} decoded`);
  return pixels;
}

/** Runs a step of the decoder and says in plain words what was wrong with the picture. */
async function decoding<T>(step: () => Promise<T>): Promise<T> {
  try {
    return await step();
  } catch (cause) {
    const detail = (cause as Error).message.split("\n", 1)[0]!;
    const found =
      /premature|truncated|unexpected end|end of (?:file|stream|image)|not enough|too short|read error/i.test(detail)
        ? "the file ends before the picture does"
        : "the file is damaged";
    throw new ClipfindError("IMAGE_UNREADABLE", `Expected a whole picture, ${found} (${detail}).`, {
      hint: "Open it in another program: if that fails too, restore it from a backup.",
      cause,
    });
  }
}
