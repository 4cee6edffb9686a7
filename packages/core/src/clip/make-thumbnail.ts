import type { Sharp } from "sharp";
import { loadSharp } from "./load-sharp.ts";
import { decoding, type OpenPicture, openPicture } from "./open-picture.ts";
import type { Orientation } from "./orientation.ts";
import { sniffPicture } from "./picture-format.ts";

interface Pixels {
  /** uint8 [height, width, 3] */
  readonly bytes: Buffer;
  readonly width: number;
  readonly height: number;
}

/**
 * A picture made small enough for `width` x `height` pixels, never larger than it is: upright, sRGB, 8 bits, transparent
 * parts on white, the first frame of an animation. "raw" are the RGB pixels, row by row; "palette" are such pixels of at
 * most 256 colours, dithered.
 * @param bytes - the whole file
 * @throws ClipfindError IMAGE_UNREADABLE with the reason; it cannot name the file, the caller knows it
 */
export async function makeThumbnail(
  bytes: Uint8Array,
  { width, height, format }: { readonly width: number; readonly height: number; readonly format: string },
): Promise<Pixels> {
  // In a RAW any preview will do, and the largest is taken. A drawing is drawn as large as it is wanted; that it is a
  // photo was decided when it was indexed.
  const sniffed = sniffPicture(bytes);
  const isDrawing = "format" in sniffed && sniffed.format === "svg";
  const picture = await openPicture(bytes, isDrawing ? Math.ceil(Math.max(width, height) / 2) : 1, { svg: true });
  const upright = turned(await decoding(() => shrunk(picture, width, height)), picture.orientation);
  if (format === "raw") return upright;
  const sharp = await loadSharp();
  const { width: columns, height: rows } = upright;
  const image = sharp(upright.bytes, { raw: { width: columns, height: rows, channels: 3 } });
  if (format === "palette") {
    const reduced = await image.png({ palette: true, colours: 256, dither: 1, compressionLevel: 0 }).toBuffer();
    return { ...upright, bytes: await sharp(reduced).toColourspace("srgb").removeAlpha().raw().toBuffer() };
  }
  const encoded = format === "png" ? image.png({ compressionLevel: 6 }) : image.jpeg({ quality: 82 });
  return { ...upright, bytes: await encoded.toBuffer() };
}

/** The pixels as they are stored, at the size that is wanted. */
async function shrunk({ image, orientation }: OpenPicture, width: number, height: number): Promise<Pixels> {
  const [columns, rows] = orientation.swap ? [height, width] : [width, height];
  const small: Sharp = image
    .resize({ width: columns, height: rows, fit: "inside", withoutEnlargement: true, kernel: "lanczos3" })
    .flatten({ background: "#ffffff" })
    .toColourspace("srgb")
    .removeAlpha()
    .raw({ depth: "uchar" });
  const { data, info } = await small.toBuffer({ resolveWithObject: true });
  const count = 3 * info.width * info.height;
  if (data.length !== count) throw new Error(`${data.length} bytes instead of ${count}`);
  return { bytes: data, width: info.width, height: info.height };
}

function turned(pixels: Pixels, { flipX, flipY, swap }: Orientation): Pixels {
  if (!flipX && !flipY && !swap) return pixels;
  const { bytes, width, height } = pixels;
  const upright = Buffer.allocUnsafe(bytes.length);
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const x = flipX ? width - 1 - column : column;
      const y = flipY ? height - 1 - row : row;
      const to = swap ? x * height + y : y * width + x;
      bytes.copy(upright, 3 * to, 3 * (row * width + column), 3 * (row * width + column) + 3);
    }
  }
  return { bytes: upright, width: swap ? height : width, height: swap ? width : height };
}
