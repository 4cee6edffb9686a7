import { photoStatements as read } from "@clipfind/native";

/** What files state, by source and name (`exif:Make`, `dc:subject`), as it was written; a list may be empty. */
export type Statements = ReadonlyMap<string, readonly string[]>;

/**
 * All that a whole file states of itself in EXIF, XMP and IPTC: a photo of any format, or an XMP sidecar. Nothing where
 * it cannot be understood. On the calling thread: microseconds for a JPEG, a few passes over the bytes at most.
 */
export function photoStatements(bytes: Uint8Array): Statements {
  const all = new Map<string, readonly string[]>();
  for (const { name, values } of read(bytes)) if (!all.has(name)) all.set(name, values);
  return all;
}
