import { joinBytePath } from "../byte-path.ts";
import type { Catalog } from "../db/open-catalog.ts";
import type { SidecarRow } from "../db/sidecars-table.ts";
import { sameFingerprint } from "../fingerprint.ts";
import { refineDirectory } from "../indexing/refine-contents.ts";
import { fingerprintAt } from "./merge-files.ts";

/**
 * Takes in the sidecars of another catalog, after its files, and brings what is known of the photos beside them in line. Of
 * two rows for one sidecar the one counts that fits it as it is now; else the newer.
 */
export function mergeSidecars(catalog: Catalog, source: Catalog): void {
  for (const { id, path } of source.directories.all()) {
    const here = catalog.directories.find(path);
    if (here === undefined || !(source.sidecars.areIn(id) || catalog.sidecars.areIn(here))) continue;
    catalog.transaction(() => {
      const known = new Map(catalog.sidecars.inDirectory(here).map((row) => [row.name, row]));
      for (const row of source.sidecars.inDirectory(id)) {
        const before = known.get(row.name);
        if (before === undefined || wins(row, before, () => fingerprintAt(joinBytePath(path, row.name)))) {
          catalog.sidecars.put(here, row);
        }
      }
      refineDirectory(catalog, here);
    });
  }
}

function wins(other: SidecarRow, here: SidecarRow, look: () => ReturnType<typeof fingerprintAt>): boolean {
  if (sameFingerprint(other.fingerprint, here.fingerprint)) return false;
  const now = look();
  const [fits, stays] = [other, here].map((row) => now !== undefined && sameFingerprint(row.fingerprint, now));
  return fits === stays ? other.fingerprint.mtimeNs > here.fingerprint.mtimeNs : fits === true;
}
