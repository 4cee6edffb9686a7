import { readdirSync, statSync } from "node:fs";
import { basename, join } from "node:path";

/**
 * Name, size and modification time of every file of a library; the lock's note of its holder is no data. Of
 * `last-run.json`, whose time is that of the last run, the inode in its place: it changes when the file is written.
 */
export function libraryState(library: string): string[] {
  return readdirSync(library, { recursive: true, encoding: "utf8" })
    .filter((name) => !name.endsWith("LOCK"))
    .map((name) => {
      const { size, mtimeNs, ino } = statSync(join(library, name), { bigint: true });
      return `${name} ${size} ${basename(name) === "last-run.json" ? ino : mtimeNs}`;
    })
    .toSorted();
}
