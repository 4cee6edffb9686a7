import { lstatSync, realpathSync, statSync } from "node:fs";
import { sep } from "node:path";
import { type BytePath, bytePathFromBuffer, bytePathToBuffer } from "../byte-path.ts";
import type { Catalog } from "../db/open-catalog.ts";
import type { RootRow } from "../db/roots-table.ts";
import { walkDirectories } from "../directory-walk.ts";
import { type Fingerprint, sameFingerprint } from "../fingerprint.ts";
import type { FoundFiles } from "../found-files.ts";
import { reasonOf } from "../photos/read-photo.ts";
import { imageExtensions, rawPairs } from "../scan/image-names.ts";
import { folderOf } from "./folder-of.ts";

/** A photo that an index run would look at. */
export interface PhotoOnDisk {
  readonly directory: BytePath;
  readonly name: BytePath;
  readonly fingerprint: Fingerprint;
  /** The library knows it as it is, and has its vector. */
  readonly isKnown: boolean;
}

/** Why there is none at a path. */
export interface NoPhoto {
  readonly why: "missing" | "excluded" | "unreadable";
  readonly reason: string;
}

/** What an index run would find. */
export interface PhotosOnDisk {
  /** The photo at an absolute path, or where the links in it lead. */
  at(path: BytePath): PhotoOnDisk | NoPhoto;
}

/** Directories whose names are kept unpacked. */
const unpackedAtOnce = 64;

/**
 * Walks `roots` as an index run does, by their rules, and compares with the catalog.
 * @throws the signal's reason
 */
export async function photosOnDisk(
  catalog: Catalog,
  roots: readonly RootRow[],
  signal: AbortSignal | undefined,
): Promise<PhotosOnDisk> {
  const packed = new Map<BytePath, FoundFiles>();
  if (roots.length > 0) {
    for await (const batch of walkDirectories({ roots, extensions: imageExtensions, known: [] })) {
      signal?.throwIfAborted();
      for (const { path, files } of batch.directories) packed.set(path, files);
    }
  }
  const unpacked = new Map<BytePath, Map<BytePath, PhotoOnDisk>>();

  const inDirectory = (directory: BytePath): ReadonlyMap<BytePath, PhotoOnDisk> => {
    const before = unpacked.get(directory);
    if (before !== undefined) return before;
    const [oldest] = unpacked.keys();
    if (unpacked.size >= unpackedAtOnce && oldest !== undefined) unpacked.delete(oldest);
    const photos = compare(catalog, directory, packed.get(directory));
    unpacked.set(directory, photos);
    return photos;
  };
  const photoAt = (path: BytePath): PhotoOnDisk | undefined => {
    const name = path.slice(path.lastIndexOf(sep) + 1);
    return inDirectory(folderOf(path)).get(name as BytePath);
  };
  return {
    at: (path) => {
      const photo = photoAt(path);
      if (photo !== undefined) return photo;
      try {
        const real = bytePathFromBuffer(realpathSync.native(bytePathToBuffer(path), { encoding: "buffer" }));
        return (real === path ? undefined : photoAt(real)) ?? leftOut(path);
      } catch (error) {
        return noPhoto(error);
      }
    },
  };
}

function compare(catalog: Catalog, directory: BytePath, files: FoundFiles | undefined): Map<BytePath, PhotoOnDisk> {
  if (files === undefined) return new Map();
  const found = [...files];
  const id = catalog.directories.find(directory);
  const rows = new Map((id === undefined ? [] : catalog.files.records(id)).map((row) => [row.name, row]));
  const paired = rawPairs(found.map(({ name }) => name));
  const isKnown = (name: BytePath, fingerprint: Fingerprint): boolean => {
    const row = rows.get(name);
    if (row === undefined || row.hash === null || row.missingSince !== null) return false;
    return sameFingerprint(row.fingerprint, fingerprint) && catalog.contents.byHash(row.hash)?.error === null;
  };
  return new Map(
    found
      .filter(({ name }) => !paired.has(name))
      .map(({ name, fingerprint }) => [name, { directory, name, fingerprint, isKnown: isKnown(name, fingerprint) }]),
  );
}

/** Something is there, and the walk passed it by. */
function leftOut(path: BytePath): NoPhoto {
  const bytes = bytePathToBuffer(path);
  if (!statSync(bytes).isFile()) return { why: "missing", reason: "not a regular file" };
  const isLink = lstatSync(bytes).isSymbolicLink();
  return {
    why: "excluded",
    reason: isLink
      ? "a link to what is not in the folders that are indexed"
      : "not in the folders that are indexed, or left out there (docs/scan.md)",
  };
}

function noPhoto(error: unknown): NoPhoto {
  const reason = reasonOf(error);
  // A path that no system takes is nowhere.
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  const isMissing = reason === "not found" || code === "ENAMETOOLONG" || code === "ERR_INVALID_ARG_VALUE";
  return { why: isMissing ? "missing" : "unreadable", reason: isMissing ? "not found" : reason };
}
