import type { BytePath } from "../byte-path.ts";
import type { Catalog } from "../db/open-catalog.ts";
import { mergeMetadata } from "../metadata/merge-metadata.ts";
import { sidecarNames } from "../metadata/sidecar-names.ts";

/** Brings what is known of contents in line with their bytes and the sidecars of their present files. In a transaction. */
export function refineContents(catalog: Catalog, contentIds: Iterable<number>): void {
  for (const id of new Set(contentIds)) {
    const sidecars = catalog.files
      .ofContent(id)
      .flatMap(({ directoryId, name }) => catalog.sidecars.named(directoryId, sidecarNames(name)));
    catalog.metadata.refine(id, mergeMetadata(catalog.metadata.embedded(id), sidecars));
  }
}

/** The same for the contents that files of a directory have, present or not: all of them, or those of some names. */
export function refineDirectory(
  catalog: Catalog,
  directoryId: number,
  isMeant: (name: BytePath) => boolean = () => true,
): void {
  const files = catalog.files.inDirectory(directoryId);
  refineContents(
    catalog,
    Array.from(files).flatMap(([name, { contentId }]) => (contentId !== null && isMeant(name) ? [contentId] : [])),
  );
}
