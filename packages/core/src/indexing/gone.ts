import { readdirSync, statSync } from "node:fs";
import { type BytePath, bytePathToBuffer, bytePathToText, joinBytePath } from "../byte-path.ts";
import type { FoundFile } from "../found-files.ts";

/** From so many names on, one look at the directory is cheaper than one at each. */
const manyNames = 8;

/**
 * Those of a directory's known files that the walk did not find that are gone. One that is there was left out by the
 * rules, and is not gone; unless it is one that was found, by the name it has now: some file systems take `a.jpg` for
 * `A.JPG`.
 */
export function goneFiles(directory: BytePath, names: readonly BytePath[], found: Iterable<FoundFile>): BytePath[] {
  const present = names.length < manyNames ? undefined : foldedNames(directory);
  return names.filter((name) => {
    const folded = fold(name);
    return present?.has(folded) === false || isGone(joinBytePath(directory, name), folded, found);
  });
}

function isGone(path: BytePath, folded: string, found: Iterable<FoundFile>): boolean {
  const stats = statAt(path);
  if (stats === undefined) return false;
  if (!stats.isFile()) return true;
  for (const other of found) {
    if (other.fingerprint.inode === BigInt.asIntN(64, stats.ino) && fold(other.name) === folded) return true;
  }
  return false;
}

/** What is in a directory; undefined where that cannot be told. */
function foldedNames(directory: BytePath): Set<string> | undefined {
  try {
    return new Set(readdirSync(bytePathToBuffer(directory), "latin1").map((name) => fold(name as BytePath)));
  } catch {
    return undefined;
  }
}

/** Whether a directory is there, or might be: false says that it is gone. */
export function isDirectory(path: BytePath): boolean {
  return statAt(path)?.isDirectory() ?? true;
}

const nothing = { isFile: () => false, isDirectory: () => false, ino: 0n };

/** What is at `path`; undefined where that cannot be told. */
function statAt(path: BytePath): Pick<import("node:fs").BigIntStats, "isFile" | "isDirectory" | "ino"> | undefined {
  try {
    return statSync(bytePathToBuffer(path), { bigint: true, throwIfNoEntry: false }) ?? nothing;
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    // A file in place of a directory above it, or a link that leads in circles.
    return code === "ENOTDIR" || code === "ELOOP" || code === "ENAMETOOLONG" ? nothing : undefined;
  }
}

function fold(name: BytePath): string {
  return bytePathToText(name).normalize("NFC").toLowerCase();
}
