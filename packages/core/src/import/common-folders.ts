import { basename, sep } from "node:path";
import { type BytePath, bytePathToText, isWithin } from "../byte-path.ts";
import { folderOf } from "./folder-of.ts";

/** Where systems keep the folders of users and the mount points of disks. */
const containers: ReadonlySet<string> = new Set("/home /Users /mnt /media /run/media /Volumes".split(" "));

/**
 * The folders that together hold `folders`, for a program that remembers no more than these: the deepest one that holds
 * all; but one that holds much else, such as the top folder, a home directory, what is above it, or where disks are
 * mounted, is divided, unless it is among `folders` itself: then all of it was wanted.
 *
 * @param folders - absolute, those that photos lie in
 * @param home - the user's home directory
 * @returns by path, none inside another
 */
export function commonFolders(folders: Iterable<BytePath>, home: BytePath): BytePath[] {
  const sorted = [...new Set(folders)].toSorted();
  const [first, last] = [sorted[0], sorted.at(-1)];
  if (first === undefined || last === undefined) return [];
  let common = first;
  while (!sorted.every((folder) => isWithin(folder, common))) {
    const above = folderOf(common);
    // Two drives have nothing in common.
    if (above === common) return divided(sorted, "" as BytePath, home);
    common = above;
  }
  const isWanted = sorted.includes(common);
  return isWanted || !holdsMore(common, home) ? [common] : divided(sorted, common, home);
}

/** The same for those in each of the folders right below `above`, which is none of them. */
function divided(sorted: readonly BytePath[], above: BytePath, home: BytePath): BytePath[] {
  const start = above === "" || above.endsWith(sep) ? above.length : above.length + 1;
  const groups = Map.groupBy(sorted, (folder) => {
    const end = folder.indexOf(sep, start);
    return end === -1 ? folder : folder.slice(0, end);
  });
  return [...groups.values()].flatMap((group) => commonFolders(group, home)).toSorted();
}

function holdsMore(folder: BytePath, home: BytePath): boolean {
  if (folderOf(folder) === folder || isWithin(home, folder) || containers.has(folder)) return true;
  // /media/USER holds the disks of a user.
  const above = folderOf(folder);
  return (
    (above === "/media" || above === "/run/media") &&
    basename(bytePathToText(folder)) === basename(bytePathToText(home))
  );
}
