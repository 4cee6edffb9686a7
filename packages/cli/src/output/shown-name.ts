import { basename } from "node:path";
import { shownPath } from "./shown-path.ts";

/** The name of the file at the end of a path, as paths are shown. */
export function shownName(path: Buffer): string {
  return shownPath(Buffer.from(basename(path.toString("latin1")), "latin1"));
}
