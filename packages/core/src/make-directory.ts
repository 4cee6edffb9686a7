import { existsSync, mkdirSync, statSync } from "node:fs";
import { dirname } from "node:path";

/**
 * Makes a directory and those above it, if they are not there. Node's own `recursive` never ends below a folder that is
 * there and answers ENOENT, as /proc does.
 * @throws NodeJS.ErrnoException
 */
export function makeDirectory(path: string): void {
  try {
    mkdirSync(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // Made meanwhile, by another process perhaps.
    if (code === "EEXIST" && statSync(path).isDirectory()) return;
    const above = dirname(path);
    if (code !== "ENOENT" || above === path || existsSync(above)) throw error;
    makeDirectory(above);
    makeDirectory(path);
  }
}
