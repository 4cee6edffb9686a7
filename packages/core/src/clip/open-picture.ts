import type { Sharp } from "sharp";
import { decodePicture } from "../decode-picture.ts";
import { ClipfindError } from "../errors.ts";
import { damagedPicture, tooLargePicture } from "../unreadable-picture.ts";
import { loadSharp } from "./load-sharp.ts";
import { type Orientation, orientationOf } from "./orientation.ts";
import { type PictureFormat, type SharpFormat, sniffPicture } from "./picture-format.ts";
import { bytesPerPixel, limitsOf, type PictureLimits } from "./picture-limits.ts";
import { rawPreview } from "./raw-preview.ts";

/** A picture whose header was read and found good; nothing is decoded yet. */
export interface OpenPicture {
  readonly image: Sharp;
  /** Size in pixels as stored, that is before `orientation`. */
  readonly width: number;
  readonly height: number;
  readonly orientation: Orientation;
  /** What sharp reads: the JPEG inside a RAW, the TIFF into which the add-on decodes. */
  readonly decoder: SharpFormat;
  /** What the file is. */
  readonly format: PictureFormat;
}

/**
 * Opens a picture by its content. Whatever sharp's prebuilt library has no reader for is turned into something that it
 * has one for, so that colours, transparency and scaling are the same for all formats.
 *
 * @param size - pixels on the shorter side that the preview in a RAW must have at least
 * @throws ClipfindError IMAGE_UNREADABLE with the reason
 */
export async function openPicture(bytes: Uint8Array, size: number, limits: PictureLimits): Promise<OpenPicture> {
  const { pixels, memory, svg } = limitsOf(limits);
  const sniffed = sniffPicture(bytes);
  if ("refused" in sniffed) throw notAPicture(sniffed.refused);
  const { format } = sniffed;
  if (format === "svg" && !svg) {
    throw notAPicture("an SVG drawing", "Drawings are taken where that is asked for: `clipfind index DIR --svg`.");
  }
  const source = await readable(bytes, format, size, { pixels, memory });

  const sharp = await loadSharp();
  const reading = { failOn: "error", limitInputPixels: false, sequentialRead: true } as const;
  let image = sharp(source.bytes, reading);
  let header = await decoding(() => image.metadata());
  if (format === "svg") {
    image = sharp(source.bytes, { ...reading, density: renderingDensity(header, size) });
    header = await decoding(() => image.metadata());
  }
  const { width, height } = header;
  const needed = source.isDecoded ? 0 : bytesPerPixel({ ...header, format: source.decoder });
  const allowed = Math.min(pixels, needed === 0 ? Infinity : memory / needed);
  if (width * height > allowed) throw tooLargePicture(width, height, allowed);

  const orientation = orientationOf(source.orientation ?? header.orientation);
  return { image, width, height, orientation, decoder: source.decoder, format };
}

/** What sharp is to read. */
interface Source {
  readonly bytes: Uint8Array;
  readonly decoder: SharpFormat;
  /** EXIF orientation that overrules what sharp finds. */
  readonly orientation?: number | undefined;
  /** The pixels are in memory already, and were counted. */
  readonly isDecoded?: boolean;
}

async function readable(
  bytes: Uint8Array,
  format: PictureFormat,
  size: number,
  limits: { readonly pixels: number; readonly memory: number },
): Promise<Source> {
  switch (format) {
    case "bmp":
    case "heic":
    case "jpeg2000":
    case "jxl":
    case "pnm":
      return { bytes: await decodePicture(format, bytes, limits), decoder: "tiff", isDecoded: true };
    case "raw":
      return { ...previewOf(bytes, size), decoder: "jpeg" };
    default:
      return { bytes, decoder: format };
  }
}

function previewOf(bytes: Uint8Array, size: number): { bytes: Uint8Array; orientation: number | undefined } {
  const preview = rawPreview(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), size);
  if (preview !== undefined && Math.min(preview.width, preview.height) >= size) return preview;
  const found = preview === undefined ? "none" : `${preview.width} x ${preview.height}`;
  const message = `Expected a RAW file with a JPEG preview of at least ${size} x ${size} pixels, found ${found}.`;
  throw new ClipfindError("IMAGE_UNREADABLE", message, {
    hint: "Develop it to a JPEG beside it: clipfind shows RAW files by their previews.",
  });
}

/**
 * The resolution (dots per inch) at which a drawing's shorter side gets twice the `size` that is wanted, or less where
 * the longer one would become more than cairo can draw.
 * @param nominal - its size in pixels at SVG's own 96 dots, which sharp calls 72
 */
function renderingDensity(
  { width, height }: { readonly width: number; readonly height: number },
  size: number,
): number {
  const scale = Math.min((2 * size) / Math.min(width, height), mostDrawn / Math.max(width, height));
  return Math.min(100_000, Math.max(1, 72 * scale));
}

/** Pixels on a side; cairo ends at 32,767. */
const mostDrawn = 16_000;

function notAPicture(
  found: string,
  hint = "Convert it to JPEG, PNG or TIFF, or leave it out of the indexed folders.",
): ClipfindError {
  return new ClipfindError("IMAGE_UNREADABLE", `Expected a picture of a format that is read, found ${found}.`, {
    hint,
  });
}

/** Runs a step of sharp and says in plain words what was wrong with the picture. */
export async function decoding<T>(step: () => Promise<T>): Promise<T> {
  try {
    return await step();
  } catch (cause) {
    throw damagedPicture((cause as Error).message, cause);
  }
}
