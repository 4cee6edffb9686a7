import { writeFileSync } from "node:fs";

/** What a sidecar of a test says. */
export interface SidecarContent {
  readonly keywords?: readonly string[];
  readonly rating?: number;
  readonly taken?: string;
  readonly caption?: string;
  /** As XMP has it: "52,1.2N". */
  readonly latitude?: string;
  readonly longitude?: string;
}

/** An XMP packet as digiKam, Lightroom and others write it. */
export function sidecar({ keywords, rating, taken, caption, latitude, longitude }: SidecarContent): string {
  const attributes = Object.entries({
    "xmp:Rating": rating,
    "exif:DateTimeOriginal": taken,
    "exif:GPSLatitude": latitude,
    "exif:GPSLongitude": longitude,
  }).flatMap(([name, value]) => (value === undefined ? [] : [`${name}="${value}"`]));
  const items = keywords?.map((word) => `<rdf:li>${word}</rdf:li>`).join("");
  return `<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
    <rdf:Description rdf:about="" xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/"
      xmlns:exif="http://ns.adobe.com/exif/1.0/" ${attributes.join(" ")}>
      ${items === undefined ? "" : `<dc:subject><rdf:Bag>${items}</rdf:Bag></dc:subject>`}
      ${caption === undefined ? "" : `<dc:description><rdf:Alt><rdf:li xml:lang="x-default">${caption}</rdf:li></rdf:Alt></dc:description>`}
    </rdf:Description></rdf:RDF></x:xmpmeta>`;
}

/** Writes a sidecar at `path`. */
export function writeSidecar(path: string, content: SidecarContent): void {
  writeFileSync(path, sidecar(content));
}
