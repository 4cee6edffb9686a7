import { existsSync, realpathSync, statSync } from "node:fs";
import { resolve } from "node:path";
import {
  type BytePath,
  bytePathFromBuffer,
  bytePathFromText,
  bytePathToBuffer,
  bytePathToText,
  isWithin,
  joinBytePath,
} from "../byte-path.ts";
import type { Catalog } from "../db/open-catalog.ts";
import { ClipfindError } from "../errors.ts";
import { lockStores } from "./lock-stores.ts";

/** What is known by another path now. */
export interface FolderMove {
  readonly from: string;
  readonly to: string;
  /** Folders that were indexed, with these paths now. */
  readonly folders: readonly string[];
  /** Files in them that were there at the last index run. */
  readonly files: number;
}

/** Files that are looked for in the new place. */
const looked = 100;

/**
 * Says that the folder `from`, of which photos are indexed, is `to` now: it was moved, or is mounted elsewhere. Changes
 * paths and nothing else; the next index run compares files as ever, and encodes nothing.
 * @throws ClipfindError INVALID_ARGUMENT (nothing is indexed of `from`; something is of `to`; none of the photos is there),
 *   NOT_A_DIRECTORY, LIBRARY_LOCKED, SHARD_MISSING, STORE_*, CATALOG_*; nothing was changed then
 */
export function moveFolder(library: string, catalog: Catalog, from: string, to: string): FolderMove {
  const locked = lockStores(library, catalog);
  try {
    return renameFolder(catalog, from, to);
  } finally {
    locked[Symbol.dispose]();
  }
}

function renameFolder(catalog: Catalog, from: string, to: string): FolderMove {
  const target = directoryAt(to);
  const old = oldFolder(catalog, from);
  const roots = catalog.roots.all().filter(({ path }) => isWithin(path, old));
  const directories = catalog.directories.within(old);
  if (roots.length === 0) {
    throw refused(
      `${bytePathToText(old)} is no folder that was indexed, and holds none`,
      "`clipfind status` lists them.",
    );
  }
  const isKnown =
    catalog.directories.within(target).length > 0 || catalog.roots.all().some(({ path }) => path === target);
  if (isWithin(target, old) || isWithin(old, target) || isKnown) {
    throw refused(
      `${bytePathToText(target)} ${isKnown ? "was indexed, too" : "and the old folder lie in each other"}`,
      "`clipfind index` with the new folder recognises all photos by their content, and encodes none.",
    );
  }
  const renamed = (path: BytePath): BytePath => (target + path.slice(old.length)) as BytePath;
  assertThere(catalog, directories, renamed);
  return catalog.transaction(() => {
    for (const { path } of roots) catalog.roots.rename(path, renamed(path));
    for (const { id, path } of directories) catalog.directories.rename(id, renamed(path));
    return {
      from: bytePathToText(old),
      to: bytePathToText(target),
      folders: roots.map(({ path }) => bytePathToText(renamed(path))),
      files: directories.reduce((sum, { id }) => sum + catalog.files.presentIn(id), 0),
    };
  });
}

/** The path as the catalog has it: links are resolved as far as the folder is still there. */
function oldFolder(catalog: Catalog, from: string): BytePath {
  const path = bytePathFromText(resolve(from));
  const isIndexed = catalog.roots.all().some((root) => isWithin(root.path, path));
  if (isIndexed || !existsSync(from)) return path;
  return bytePathFromBuffer(realpathSync.native(from, { encoding: "buffer" }));
}

function directoryAt(to: string): BytePath {
  if (statSync(to, { throwIfNoEntry: false })?.isDirectory() === true) {
    return bytePathFromBuffer(realpathSync.native(to, { encoding: "buffer" }));
  }
  throw new ClipfindError("NOT_A_DIRECTORY", `Expected the folder's new place, but ${resolve(to)} is no directory`, {
    hint: "Check the spelling. Nothing was changed.",
  });
}

/** Whoever mixes up two folders would lose all photos from sight. */
function assertThere(
  catalog: Catalog,
  directories: readonly { readonly id: number; readonly path: BytePath }[],
  renamed: (path: BytePath) => BytePath,
): void {
  let seen = 0;
  for (const { id, path } of directories) {
    for (const [name, { missing }] of catalog.files.inDirectory(id)) {
      if (missing) continue;
      if (existsSync(bytePathToBuffer(joinBytePath(renamed(path), name)))) return;
      if (++seen === looked) break;
    }
    if (seen === looked) break;
  }
  if (seen === 0) return;
  throw refused(
    `None of ${seen} photos that were looked for is in the new folder`,
    "Is it the right one, and mounted?",
  );
}

function refused(message: string, hint: string): ClipfindError {
  return new ClipfindError("INVALID_ARGUMENT", message, { hint: `${hint} Nothing was changed.` });
}
