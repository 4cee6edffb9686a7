import type { PhotoMetadata } from "../photo-metadata.ts";

/** What a photo, or a sidecar of it, says of it; absent what is not known. */
export interface HitMetadata extends Pick<PhotoMetadata, "camera" | "caption" | "keywords" | "lens" | "rating"> {
  /** When it was taken, by the clock at the place: "2008-10-22T16:28:39", with "+02:00" or "Z" where that is known. */
  readonly taken?: string;
  /** Where, in degrees (WGS 84) and metres above the sea. */
  readonly gps?: { readonly latitude: number; readonly longitude: number; readonly altitude?: number };
}

/** The form in which hits tell metadata. */
export function hitMetadata(metadata: PhotoMetadata): HitMetadata {
  const { taken, takenOffset, latitude, longitude, altitude, ...rest } = metadata;
  return {
    ...(taken !== undefined && { taken: isoTime(taken, takenOffset) }),
    ...(latitude !== undefined &&
      longitude !== undefined && { gps: { latitude, longitude, ...(altitude !== undefined && { altitude }) } }),
    ...rest,
  };
}

function isoTime(taken: number, offset: number | undefined): string {
  const clock = new Date(taken).toISOString().replace(/(?:\.000)?Z$/, "");
  if (offset === undefined) return clock;
  if (offset === 0) return `${clock}Z`;
  const two = (value: number): string => String(value).padStart(2, "0");
  const minutes = Math.abs(offset);
  return `${clock}${offset < 0 ? "-" : "+"}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}
