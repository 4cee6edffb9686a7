import { randomBytes } from "node:crypto";
import { constants, copyFile, link, lstat, mkdir, realpath, rm, stat, symlink, utimes } from "node:fs/promises";
import { basename, extname, sep } from "node:path";
import { ClipfindError } from "@clipfind/core/errors";
import { fileProblem, isDiskFull } from "./file-problem.ts";
import { sameContent } from "./same-content.ts";

/** How photos get into a folder: as copies, or as symbolic links to the originals. */
export type Placing = "copy" | "link";

export interface PlaceRequest {
  /** Absolute; made where it is not there. */
  readonly directory: string;
  readonly how: Placing;
  /** Whether the rank goes in front of the names: 01-, 02- and so on. */
  readonly isNumbered: boolean;
  readonly signal?: AbortSignal | undefined;
}

/** What became of the photos. */
export interface Placed {
  readonly placed: number;
  /** Were there already, by their content. */
  readonly same: number;
  readonly failed: readonly { readonly path: Buffer; readonly reason: string }[];
}

/**
 * Puts photos into a folder under their names. Nothing there is overwritten: a file of the same content is taken for the
 * photo, and where another one has the name, the photo becomes `name (2).jpg`. The originals are only read. A copy
 * appears under its name when it is whole.
 *
 * @param photos - absolute paths, best first
 * @throws ClipfindError DISK_FULL, PERMISSION_DENIED, INVALID_ARGUMENT on the folder; ABORTED
 */
export async function placePhotos(photos: readonly Buffer[], request: PlaceRequest): Promise<Placed> {
  const { directory, how, isNumbered, signal } = request;
  try {
    await mkdir(directory, { recursive: true });
  } catch (error) {
    throw fileProblem(error, directory);
  }
  let [placed, same] = [0, 0];
  const failed: { path: Buffer; reason: string }[] = [];
  for (const [index, photo] of photos.entries()) {
    if (signal?.aborted === true)
      throw new ClipfindError("ABORTED", `Stopped; ${placed} of ${photos.length} are there.`);
    const rank = String(index + 1).padStart(String(photos.length).length, "0");
    const name = `${isNumbered ? `${rank}-` : ""}${basename(photo.toString("latin1"))}`;
    try {
      if (await placePhoto(photo, directory, name, how)) placed++;
      else same++;
    } catch (error) {
      if (isDiskFull(error)) throw diskFull(error, directory, placed + same, photos.length);
      failed.push({ path: photo, reason: (error as Error).message });
    }
  }
  return { placed, same, failed };
}

/** Whether it was put there now. `name` has one character per byte. */
async function placePhoto(photo: Buffer, directory: string, name: string, how: Placing): Promise<boolean> {
  const folder = directory.endsWith(sep) ? directory : `${directory}${sep}`;
  const place = (file: string): Buffer => Buffer.concat([Buffer.from(folder), Buffer.from(file, "latin1")]);
  const extension = extname(name);
  if (!(await stat(photo)).isFile()) throw new Error("not a file any more");
  for (let number = 1; ; number++) {
    const numbered = `${name.slice(0, name.length - extension.length)} (${number})${extension}`;
    const target = place(number === 1 ? name : numbered);
    if ((await lstat(target).catch(() => undefined)) === undefined) {
      const put = how === "copy" ? copyWhole(photo, target, place) : linkTo(photo, target);
      if (await put) return true;
    }
    if ((await isSameFile(photo, target)) || (await sameContent(photo, target))) return false;
  }
}

/** False where something has the name by now. */
async function copyWhole(photo: Buffer, target: Buffer, place: (name: string) => Buffer): Promise<boolean> {
  const temporary = place(`.clipfind-${randomBytes(6).toString("hex")}.tmp`);
  try {
    await copyFile(photo, temporary, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
    const { atime, mtime } = await stat(photo);
    await utimes(temporary, atime, mtime);
    try {
      // Unlike a rename it does not replace what came in between.
      await link(temporary, target);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "EEXIST") throw error;
      // The file system of a camera's card knows no links.
      await copyFile(temporary, target, constants.COPYFILE_EXCL);
      await utimes(target, atime, mtime);
    }
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  } finally {
    await rm(temporary, { force: true });
  }
}

/** False where something has the name by now. */
async function linkTo(photo: Buffer, target: Buffer): Promise<boolean> {
  try {
    try {
      await symlink(photo, target, "file");
    } catch (error) {
      // Windows lets not everybody make symbolic links.
      if (process.platform !== "win32" || (error as NodeJS.ErrnoException).code !== "EPERM") throw error;
      await link(photo, target);
    }
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

async function isSameFile(photo: Buffer, target: Buffer): Promise<boolean> {
  const real = async (path: Buffer): Promise<Buffer> => realpath(path, "buffer");
  try {
    return (await real(photo)).equals(await real(target));
  } catch {
    return false;
  }
}

function diskFull(cause: unknown, directory: string, done: number, count: number): ClipfindError {
  const message = `The disk with ${directory} is full: ${done} of ${count} photos are there.`;
  return new ClipfindError("DISK_FULL", message, {
    cause,
    hint: "Make room and run the same line again: what is there already is left alone.",
  });
}
