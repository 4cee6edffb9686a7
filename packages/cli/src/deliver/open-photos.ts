import { isUtf8 } from "node:buffer";
import open from "open";
import { fileUrl } from "../output/file-url.ts";

/** Opens files with what the system opens such files with, and does not wait for it. @returns the reasons of those that failed */
export async function openPhotos(paths: readonly Buffer[]): Promise<{ path: Buffer; reason: string }[]> {
  const failed: { path: Buffer; reason: string }[] = [];
  for (const path of paths) {
    try {
      // A process takes text only: what is not UTF-8 goes as a URL, which the openers of Linux understand.
      await open(isUtf8(path) ? path.toString("utf8") : fileUrl(path));
    } catch (error) {
      failed.push({ path, reason: (error as Error).message });
    }
  }
  return failed;
}
