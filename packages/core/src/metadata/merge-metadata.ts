import type { PhotoMetadata } from "../photo-metadata.ts";

/**
 * What is known of a photo by what its bytes say and by its sidecars, the more important ones first. Of date, place,
 * camera, lens, rating and caption the first sidecar counts that states it, else the photo itself. Keywords are those of
 * all sidecars that state some, even none; else the photo's own.
 */
export function mergeMetadata(embedded: PhotoMetadata, sidecars: readonly PhotoMetadata[]): PhotoMetadata {
  const all = [...sidecars, embedded];
  const keywords = sidecars.flatMap((each) => each.keywords ?? []);
  const stated = sidecars.some((each) => each.keywords !== undefined) ? [...new Set(keywords)] : embedded.keywords;
  const { taken, takenOffset } = all.find((each) => each.taken !== undefined) ?? {};
  const { latitude, longitude, altitude } = all.find((each) => each.latitude !== undefined) ?? {};
  const merged = {
    taken,
    takenOffset,
    latitude,
    longitude,
    altitude,
    camera: all.find((each) => each.camera !== undefined)?.camera,
    lens: all.find((each) => each.lens !== undefined)?.lens,
    rating: all.find((each) => each.rating !== undefined)?.rating,
    caption: all.find((each) => each.caption !== undefined)?.caption,
    keywords: stated,
  };
  return Object.fromEntries(Object.entries(merged).filter(([, value]) => value !== undefined));
}
