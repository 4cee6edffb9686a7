import type { ChildProcess } from "node:child_process";
import { isUtf8 } from "node:buffer";
import open from "open";
import { fileUrl } from "../output/file-url.ts";

/** Opens a file with what the system opens such files with. @returns the opener, which has begun */
export async function openPhoto(path: Buffer): Promise<ChildProcess> {
  // A process takes text only: what is not UTF-8 goes as a URL, which the openers of Linux understand.
  return open(isUtf8(path) ? path.toString("utf8") : fileUrl(path));
}
