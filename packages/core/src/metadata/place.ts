import type { PhotoMetadata } from "../photo-metadata.ts";
import type { Statements } from "../photo-statements.ts";

/** Seven decimals of a degree are a centimetre. */
const decimals = 7;
/** Metres: nobody takes photos below or above, but for astronauts. */
const [lowest, highest] = [-12_000, 1_000_000];

/** Where a photo was taken: EXIF before XMP; nothing for places that are none, and for 0/0, which is a clock's noon. */
export function placeOf(statements: Statements): Pick<PhotoMetadata, "altitude" | "latitude" | "longitude"> {
  const of = (name: string): string | undefined => statements.get(name)?.[0]?.trim();
  const places = [
    {
      latitude: Number(of("exif:GPSLatitude") ?? Number.NaN),
      longitude: Number(of("exif:GPSLongitude") ?? Number.NaN),
      altitude: Number(of("exif:GPSAltitude") ?? Number.NaN),
    },
    {
      latitude: degrees(of("xmp-exif:GPSLatitude"), "NS"),
      longitude: degrees(of("xmp-exif:GPSLongitude"), "EW"),
      altitude: fraction(of("xmp-exif:GPSAltitude")) * (of("xmp-exif:GPSAltitudeRef") === "1" ? -1 : 1),
    },
  ];
  for (const place of places) {
    const [latitude, longitude] = [rounded(place.latitude, decimals), rounded(place.longitude, decimals)];
    // Not a number fails here, too.
    const isPlace = Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180;
    if (!isPlace || (latitude === 0 && longitude === 0)) continue;
    const altitude = rounded(place.altitude, 1);
    return { latitude, longitude, ...(altitude >= lowest && altitude <= highest && { altitude }) };
  }
  return {};
}

/** XMP's "48,9.003180N" or "48,9,10.5N". */
function degrees(text: string | undefined, [positive, negative]: string): number {
  const parts = /^(\d{1,3}),(\d{1,2}(?:\.\d{1,12})?)(?:,(\d{1,2}(?:\.\d{1,12})?))?([NSEW])$/i.exec(text ?? "");
  if (parts === null) return Number.NaN;
  const [whole, minutes, seconds] = [Number(parts[1]), Number(parts[2]), Number(parts[3] ?? 0)];
  const letter = parts[4]!.toUpperCase();
  if (letter !== positive && letter !== negative) return Number.NaN;
  return (whole + minutes / 60 + seconds / 3600) * (letter === positive ? 1 : -1);
}

/** XMP's "1234/10". */
function fraction(text: string | undefined): number {
  const parts = /^(-?\d{1,12})(?:\/(\d{1,12}))?$/.exec(text ?? "");
  return parts === null ? Number.NaN : Number(parts[1]) / Number(parts[2] ?? 1);
}

function rounded(value: number, digits: number): number {
  // -0 is 0.
  return Math.round(value * 10 ** digits) / 10 ** digits + 0;
}
