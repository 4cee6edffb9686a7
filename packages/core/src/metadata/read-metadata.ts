import type { PhotoMetadata } from "../photo-metadata.ts";
import { photoStatements, type Statements } from "../photo-statements.ts";
import { cameraName } from "./camera-name.ts";
import { keywordsOf } from "./keywords.ts";
import { placeOf } from "./place.ts";
import { takenOf } from "./taken.ts";
import { cleanLine, cleanText } from "./clean-text.ts";

/**
 * What a photo says of itself, or an XMP sidecar of it.
 *
 * EXIF counts for what a camera knows, XMP before IPTC before EXIF for what people write (docs/metadata.md). The file may
 * be hostile: texts are cut off, and dates, places and ratings that cannot be are left out.
 *
 * @param bytes - the whole file
 */
export function readMetadata(bytes: Uint8Array): PhotoMetadata {
  return metadataOf(photoStatements(bytes));
}

/** The same from what was stated. */
export function metadataOf(statements: Statements): PhotoMetadata {
  const first = (...names: readonly string[]): string | undefined =>
    names.map((name) => cleanLine(statements.get(name)?.[0])).find((text) => text !== undefined);
  const camera = cameraName(first("exif:Make", "tiff:Make"), first("exif:Model", "tiff:Model"));
  const lens = lensOf(first("exif:LensModel", "exifEX:LensModel", "aux:Lens"));
  const rating = ratingOf(statements);
  const caption = captionOf(statements);
  const keywords = keywordsOf(statements);
  return {
    ...takenOf(statements),
    ...placeOf(statements),
    ...(camera !== undefined && { camera }),
    ...(lens !== undefined && { lens }),
    ...(rating !== undefined && { rating }),
    ...(caption !== undefined && { caption }),
    ...(keywords !== undefined && { keywords }),
  };
}

/** Adapters and pinholes: the camera has to write something. */
function lensOf(text: string | undefined): string | undefined {
  return text === undefined || /^(?:[-\s?]+|none|null|n\/a|unknown.*|0\.0 mm f\/0\.0)$/i.test(text) ? undefined : text;
}

/** Windows counts in percent: 1, 25, 50, 75, 99. */
const windowsPercent = [1, 25, 50, 75, 99];

function ratingOf(statements: Statements): number | undefined {
  for (const name of ["xmp:Rating", "exif:Rating"]) {
    const stars = Math.round(Number(statements.get(name)?.[0]?.trim() || Number.NaN));
    // -0 is what Math.round makes of -0.4.
    if (stars >= -1 && stars <= 5) return stars + 0;
  }
  const percent = Number(statements.get("MicrosoftPhoto:Rating")?.[0]?.trim() || Number.NaN);
  if (!(percent >= 0 && percent <= 100)) return undefined;
  return windowsPercent.filter((least) => percent >= least).length;
}

/** What cameras and programs write where nobody has written anything. */
const emptyCaption =
  /^(?:(?:[\w ]+ )?digital (?:still )?camera|digital image|sony dsc|samsung|exif_jpeg_picture|dcim\\.*|created by dji.*|file written by adobe.*|default|untitled|image description|[-.\s]+)$/i;

function captionOf(statements: Statements): string | undefined {
  return ["dc:description", "iptc:Caption", "exif:ImageDescription", "dc:title", "iptc:ObjectName", "exif:XPTitle"]
    .map((name) => cleanText(statements.get(name)?.[0]))
    .find((text) => text !== undefined && !emptyCaption.test(text));
}
