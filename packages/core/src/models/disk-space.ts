import { statfs } from "node:fs/promises";
import { ClipfindError } from "../errors.ts";
import { formatBytes } from "./format-bytes.ts";

/**
 * Checks that `bytes` more fit on the disk of `directory`.
 * @throws ClipfindError DISK_FULL
 */
export async function checkDiskSpace(directory: string, bytes: number, what: string): Promise<void> {
  const { bavail, bsize } = await statfs(directory);
  const free = bavail * bsize;
  if (free >= bytes) return;
  const message = `${directory}: expected ${formatBytes(bytes)} of free space for ${what}, found ${formatBytes(free)}`;
  throw new ClipfindError("DISK_FULL", message, {
    hint: "Free some, or name a directory on another disk by CLIPFIND_MODELS.",
  });
}
