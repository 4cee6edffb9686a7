import { sep } from "node:path";

/** The path as bytes, relative to `cwd` where it lies below, else as it is: absolute. */
export function pathFromHere(path: Buffer, cwd: string): Buffer {
  const folder = Buffer.from(cwd.endsWith(sep) ? cwd : `${cwd}${sep}`);
  return path.subarray(0, folder.length).equals(folder) ? path.subarray(folder.length) : path;
}
