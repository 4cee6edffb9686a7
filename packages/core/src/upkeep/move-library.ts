import { existsSync, readdirSync, realpathSync, rmSync, rmdirSync, statSync } from "node:fs";
import { constants, copyFile, link, mkdir, open, statfs } from "node:fs/promises";
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from "node:path";
import { type Catalog, openCatalog, openCatalogToRead } from "../db/open-catalog.ts";
import { ClipfindError } from "../errors.ts";
import { placeError } from "../place-error.ts";
import { Vectors } from "../vectors.ts";
import { watchedFolders } from "../watch/watch-mark.ts";
import { makeWholeDirectory, tidyUpBeside } from "../whole-directory.ts";
import { libraryFiles, ownNames, shardDirectories } from "./library-files.ts";
import { type LockedStores, lockStores } from "./lock-stores.ts";

export interface MoveOptions {
  /** Told how many bytes are in their new place. */
  readonly onProgress?: ((bytes: number, of: number) => void) | undefined;
  /** Aborting it leaves the library where it is, with ABORTED. */
  readonly signal?: AbortSignal | undefined;
}

/** What was moved. */
export interface LibraryMove {
  readonly from: string;
  readonly to: string;
  /** Of the files that were copied; the others only got another name. */
  readonly bytesCopied: number;
  /** What is left in the old directory, because it is not the library's. */
  readonly left: readonly string[];
}

/**
 * Moves the library in `from` to the directory `to`, which must not be there: makes a whole one there, with second names
 * for what never changes where the file system allows it, else copies that are synced and checked; then removes the old
 * one. So it is whole in one of the two places whenever the machine stops, or in both. Shards on other disks stay there.
 * @throws ClipfindError LIBRARY_NOT_FOUND, LIBRARY_LOCKED (an index run, or watching, goes on), INVALID_ARGUMENT (`to`),
 *   DISK_FULL, PERMISSION_DENIED, SHARD_MISSING, STORE_*, CATALOG_*, ABORTED; the library is as it was then
 */
export async function moveLibrary(from: string, to: string, options: MoveOptions = {}): Promise<LibraryMove> {
  const source = resolve(from);
  if (!existsSync(join(source, "catalog.db"))) {
    throw new ClipfindError("LIBRARY_NOT_FOUND", `There is no library in ${source}`, {
      hint: "Name it with --library.",
    });
  }
  const old = realpathSync(source);
  const target = resolve(to);
  try {
    await tidyUpBeside(target);
    assertTarget(old, target);
    return await moved(old, target, options);
  } catch (error) {
    throw placeError(error, target);
  }
}

async function moved(old: string, target: string, options: MoveOptions): Promise<LibraryMove> {
  const catalog = openCatalog(old);
  try {
    using locked = lockStores(old, catalog);
    assertMovable(old, locked);
    const fill = (directory: string): Promise<number> => fillWith({ old, catalog, locked }, directory, options);
    const bytesCopied = await makeWholeDirectory(target, fill);
    catalog.close();
    // Elsewhere nobody else gets in between; there, what is open cannot be removed.
    if (process.platform === "win32") locked[Symbol.dispose]();
    return { from: old, to: target, bytesCopied, left: removeLibrary(old) };
  } finally {
    catalog.close();
  }
}

function assertTarget(old: string, target: string): void {
  if (existsSync(target)) {
    const hint = existsSync(join(target, "catalog.db"))
      ? "If a move was interrupted at its end, the library is in both places: check it with `clipfind verify --library` " +
        "and the new one, then remove the old one."
      : "Name a directory that is not there.";
    throw new ClipfindError("INVALID_ARGUMENT", `${target} is there already`, { hint });
  }
  const real = join(realpathSync(dirname(target)), basename(target));
  if (isWithin(real, old) || isWithin(old, real)) {
    throw new ClipfindError("INVALID_ARGUMENT", `${target} lies in the library, or the library in it`, {
      hint: "Name a directory elsewhere.",
    });
  }
}

function assertMovable(old: string, { stores }: LockedStores): void {
  if (watchedFolders(old).length > 0) {
    throw new ClipfindError("LIBRARY_LOCKED", `\`clipfind watch\` keeps the library in ${old} up to date`, {
      hint: "Stop it first; a minute after it was killed this works, too.",
    });
  }
  for (const { directory } of stores) {
    const inside = shardDirectories(directory).find((shard) => isWithin(shard, dirname(directory)));
    if (inside === undefined) continue;
    throw new ClipfindError("INVALID_ARGUMENT", `A shard of the library was put into ${inside}, among its vectors`, {
      hint: "`clipfind index --shards` with another number takes it back; then move the library.",
    });
  }
}

/** Fills `directory` with a whole copy of the library. Resolves to the bytes that were copied. */
async function fillWith(
  { old, catalog, locked }: { readonly old: string; readonly catalog: Catalog; readonly locked: LockedStores },
  directory: string,
  { onProgress, signal }: MoveOptions,
): Promise<number> {
  const files = libraryFiles(old);
  const total = files.reduce((sum, { bytes }) => sum + bytes, 0);
  const canLink = statSync(old).dev === statSync(directory).dev;
  const toCopy = files.reduce((sum, { bytes, isImmutable }) => sum + (canLink && isImmutable ? 0 : bytes), 0);
  await assertSpace(directory, toCopy + statSync(catalog.path).size);
  let [done, copied, isLinkedAll] = [0, 0, true];
  for (const { path, bytes, isImmutable } of files) {
    assertGoesOn(signal);
    const target = join(directory, path);
    await mkdir(dirname(target), { recursive: true });
    const isLinked = isImmutable && (await isLinkMade(join(old, path), target));
    if (!isLinked) {
      await copyFile(join(old, path), target, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
      await using handle = await open(target, "r+");
      await handle.sync();
      copied += bytes;
    }
    isLinkedAll &&= isLinked || !isImmutable;
    done += bytes;
    onProgress?.(done, total);
  }
  const path = join(directory, basename(catalog.path));
  catalog.copyTo(path);
  {
    await using handle = await open(path, "r+");
    await handle.sync();
  }
  await checkCopy(old, directory, isLinkedAll ? [] : locked.stores.map((store) => store.directory), signal);
  return copied;
}

/** Whether the file system gave the file a second name. Some have none, and none reaches another disk. */
async function isLinkMade(file: string, name: string): Promise<boolean> {
  try {
    await link(file, name);
    return true;
  } catch {
    return false;
  }
}

/** @throws ClipfindError STORE_FAILED where what was copied is not what was there */
async function checkCopy(
  old: string,
  directory: string,
  stores: readonly string[],
  signal: AbortSignal | undefined,
): Promise<void> {
  const copy = openCatalogToRead(directory);
  const damage = copy.check();
  copy.close();
  for (const store of stores) {
    const found = await Vectors.verify(join(directory, relative(old, store)), signal);
    damage.push(...found.damage.map(({ path, what }) => `${path}: ${what}`));
  }
  if (damage.length === 0) return;
  throw new ClipfindError("STORE_FAILED", `What was copied is damaged: ${damage[0]}`, {
    hint: "The library is where it was. Check it with `clipfind verify`; if it is sound, the other disk is not.",
  });
}

async function assertSpace(directory: string, bytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(directory);
  if (bavail * bsize >= bytes) return;
  const [needed, free] = [bytes, bavail * bsize].map((each) => `${Math.ceil(each / 1e6)} MB`);
  throw new ClipfindError("DISK_FULL", `${dirname(directory)}: expected ${needed} of free space, found ${free}`, {
    hint: "Free some, or name a directory on another disk. The library is where it was.",
  });
}

function assertGoesOn(signal: AbortSignal | undefined): void {
  if (signal?.aborted !== true) return;
  throw new ClipfindError("ABORTED", "The move was stopped; the library is where it was", { cause: signal.reason });
}

/** Removes the library, the catalog first: without it there is none, rather than one without vectors. What is left. */
function removeLibrary(old: string): string[] {
  for (const name of ["catalog.db", "catalog.db-wal", "catalog.db-shm"]) rmSync(join(old, name), { force: true });
  for (const name of ownNames(old)) rmSync(join(old, name), { recursive: true, force: true });
  const left = readdirSync(old);
  if (left.length === 0) rmdirSync(old);
  return left;
}

function isWithin(path: string, directory: string): boolean {
  const between = relative(directory, path);
  return between === "" || !(isAbsolute(between) || between.split(sep)[0] === "..");
}
