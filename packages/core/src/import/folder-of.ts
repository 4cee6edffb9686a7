import { sep } from "node:path";
import type { BytePath } from "../byte-path.ts";

/** The folder of a file, without a separator at its end, unless it is the top one. */
export function folderOf(path: BytePath): BytePath {
  const end = path.lastIndexOf(sep);
  const folder = path.slice(0, Math.max(0, end));
  // "/" and "C:\" keep theirs.
  return (/^([A-Za-z]:)?$/.test(folder) && end >= 0 ? folder + sep : folder) as BytePath;
}
