import { readdirSync, statSync } from "node:fs";
import { type BytePath, bytePathToBuffer } from "../byte-path.ts";
import type { Catalog } from "../db/open-catalog.ts";
import type { RootRow } from "../db/roots-table.ts";

/** What a scan did not find in a root. */
export interface RootLosses {
  /** Files found in it. */
  found: number;
  /** Files that are gone, and digests to be given to their directories. */
  readonly gone: { readonly directoryId: number; readonly names: readonly BytePath[]; readonly digest?: Buffer }[];
  /** All known directories of the root. */
  readonly directories: number[];
}

/** From so many known files on, a folder that has fewer than half of them looks as if something were amiss. */
const many = 100;

/**
 * Whether a root has lost so much that it is rather a disk that is missing: it is empty though it had files, or has fewer
 * than half of many, or of any on another device than before. `reason` is given then, for people; else the device.
 */
export function judgeLosses(
  catalog: Catalog,
  root: RootRow,
  { found, gone, directories }: RootLosses,
  unreadable: readonly { readonly path: BytePath }[],
): { readonly reason: string | undefined; readonly device: bigint | undefined } {
  // Was told already, and nothing in it counts as gone.
  if (unreadable.some(({ path }) => path === root.path)) return { reason: undefined, device: undefined };
  const device = BigInt.asIntN(64, statSync(bytePathToBuffer(root.path), { bigint: true }).dev);
  const lost = gone.reduce((sum, { names }) => sum + names.length, 0);
  if (lost === 0) return { reason: undefined, device };
  const known = directories.reduce((sum, id) => sum + catalog.files.presentIn(id), 0);
  const what = lossOf({
    known,
    found,
    lost,
    isEmpty: isEmpty(root.path),
    isElsewhere: (root.device ?? device) !== device,
  });
  if (what === undefined) return { reason: undefined, device };
  const reason =
    `${what}; is a drive not mounted? What is indexed from there is left as it is. ` +
    "If the photos are gone for good, say so with --prune";
  return { reason, device: undefined };
}

/** What is amiss, in words. */
function lossOf(state: {
  known: number;
  found: number;
  lost: number;
  isEmpty: boolean;
  isElsewhere: boolean;
}): string | undefined {
  const { known, found, lost } = state;
  if (state.isEmpty) return `empty, though it had ${known} photos`;
  // What moved within the folder is found there; what the rules leave out now is not lost.
  if (found >= known / 2 || lost <= known / 2) return undefined;
  if (known >= many) return `only ${found} photos found, where ${known} were`;
  return state.isElsewhere ? `only ${found} photos found on another disk, where ${known} were` : undefined;
}

function isEmpty(path: BytePath): boolean {
  return readdirSync(bytePathToBuffer(path)).length === 0;
}
