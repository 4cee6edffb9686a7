import { statSync } from "node:fs";
import { type BytePath, bytePathToBuffer, bytePathToText, joinBytePath } from "../byte-path.ts";
import type { FoundFile } from "../found-files.ts";

/**
 * Whether a known file that the walk did not find is gone. If it is there, the rules leave it out, and it is not gone;
 * unless it is one that was found, by the name it has now: some file systems take `a.jpg` for `A.JPG`.
 */
export function isGone(directory: BytePath, name: BytePath, found: Iterable<FoundFile>): boolean {
  const stats = statAt(joinBytePath(directory, name));
  if (stats === undefined) return false;
  if (!stats.isFile()) return true;
  const folded = fold(name);
  for (const other of found) {
    if (other.fingerprint.inode === BigInt.asIntN(64, stats.ino) && fold(other.name) === folded) return true;
  }
  return false;
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
