import { realpathSync } from "node:fs";
import { homedir } from "node:os";
import { isAbsolute } from "node:path";
import { type BytePath, bytePathFromBuffer, bytePathFromText, bytePathToBuffer, isWithin } from "../byte-path.ts";
import { commonFolders } from "./common-folders.ts";

/**
 * The folders that are to be indexed from now on for the photos in `folders`: those of `known` that hold some, and what
 * the others have in common. Folders that are not there, on a disk that is not mounted for example, do not count.
 *
 * @param folders - as another program met them: there may be links in them
 * @param known - folders the library knows
 */
export function importRoots(folders: Iterable<BytePath>, known: readonly BytePath[]): BytePath[] {
  const real = new Set<BytePath>();
  for (const folder of folders) {
    const path = isAbsolute(folder) ? realFolder(folder) : undefined;
    if (path !== undefined) real.add(path);
  }
  const isKnown = (folder: BytePath): boolean => known.some((root) => isWithin(folder, root));
  const holding = known.filter((root) => [...real].some((folder) => isWithin(folder, root)));
  const home = realFolder(bytePathFromText(homedir())) ?? bytePathFromText(homedir());
  const others = [...real].filter((folder) => !isKnown(folder));
  return [...holding, ...commonFolders(others, home)];
}

/** Without links; undefined where there is none, or none that may be looked at. */
function realFolder(path: BytePath): BytePath | undefined {
  try {
    return bytePathFromBuffer(realpathSync.native(bytePathToBuffer(path), { encoding: "buffer" }));
  } catch {
    return undefined;
  }
}
