import { statfs } from "node:fs/promises";
import { ClipfindError } from "../../errors.ts";
import { formatBytes } from "../format-bytes.ts";

/** A model has a few dozen files; a clone of its repository has a few thousand. */
const mostEntries = 10_000;
/** Weights hardly shrink. What grows more than this when it is unpacked is made to fill the disk. */
export const mostGrowth = 100;
/** Archives smaller than this may grow as one of this size, in bytes. */
const smallArchive = 2 ** 20;

/** What is asked of each entry of an archive before it is written. */
export class ArchiveRules {
  readonly #archive: string;
  readonly #most: number;
  readonly #free: number;
  #entries = 0;
  #bytes = 0;

  private constructor(archive: string, most: number, free: number) {
    this.#archive = archive;
    this.#most = most;
    this.#free = free;
  }

  /** @param target - the directory to unpack to, which is there */
  static async of(archive: string, archiveBytes: number, target: string): Promise<ArchiveRules> {
    const { bavail, bsize } = await statfs(target);
    return new ArchiveRules(archive, Math.max(archiveBytes, smallArchive) * mostGrowth, bavail * bsize);
  }

  /**
   * @param kind - what the entry is, where it is neither a file nor a directory
   * @throws ClipfindError ARCHIVE_INVALID (a path that leads elsewhere, a link or device, too much), DISK_FULL
   */
  check(path: string, bytes: number, kind?: string): void {
    const shown = JSON.stringify(path);
    if (kind !== undefined) throw this.#refused(`${shown} is a ${kind}`);
    const isElsewhere = /^[/\\]|^[a-z]:|\\|\0/i.test(path) || path.split("/").includes("..");
    if (isElsewhere || path === "") throw this.#refused(`${shown} leads out of it`);
    this.#entries++;
    this.#bytes += bytes;
    if (this.#entries > mostEntries) throw this.#refused(`more than ${mostEntries} entries`);
    if (this.#bytes > this.#most) throw this.#refused(`more than ${formatBytes(this.#most)} when unpacked`);
    if (this.#bytes <= this.#free) return;
    const message = `${this.#archive}: no room to unpack it: ${formatBytes(this.#free)} are free`;
    throw new ClipfindError("DISK_FULL", message, { hint: "Free some, or name another place by CLIPFIND_MODELS." });
  }

  #refused(found: string): ClipfindError {
    return new ClipfindError("ARCHIVE_INVALID", `${this.#archive}: expected an archive of a model, found ${found}`, {
      hint: "Nothing was installed. If you trust it, unpack it yourself and import the directory.",
    });
  }
}
