import { type BytePath, isWithin, joinBytePath } from "../byte-path.ts";
import type { DirectoryRow } from "../db/directories-table.ts";
import type { Catalog } from "../db/open-catalog.ts";
import type { RootRow } from "../db/roots-table.ts";
import { type WalkedDirectory, walkDirectories } from "../directory-walk.ts";
import { compareDirectory } from "../scan/changes.ts";
import { imageExtensions } from "../scan/image-names.ts";
import { goneFiles, isDirectory } from "./gone.ts";
import type { KnownSizes } from "./known-sizes.ts";
import { compareSidecars, type SidecarDirectory } from "./read-sidecars.ts";
import { refineDirectory } from "./refine-contents.ts";
import { type RootLosses, judgeLosses } from "./losses.ts";
import { type Part, partOf } from "./part-of.ts";
import { WorkList } from "./work-list.ts";

export interface FindWorkOptions {
  readonly catalog: Catalog;
  readonly sizes: KnownSizes;
  /** Folders to walk; one inside another is walked by its own rules. */
  readonly roots: readonly RootRow[];
  /** Read all files again, changed or not. */
  readonly rehash?: boolean | undefined;
  /** Believe that what is not found is gone, whatever it looks like. */
  readonly prune?: boolean | undefined;
  /** Only files of this part are read; those of others that are not known count as if they were not found. */
  readonly part?: Part | undefined;
  /** Only look: write nothing. */
  readonly dry?: boolean | undefined;
  readonly signal: AbortSignal;
}

export interface ScanCounts {
  readonly found: number;
  readonly unchanged: number;
  readonly returned: number;
  readonly toRead: number;
  readonly strangers: number;
}

/** What a scan tells while it goes on. */
export interface ScanListener {
  /** Directories were compared. Strangers are those files to read that have another size than all known contents. */
  scanned(counts: ScanCounts): void;
  unreadable(directory: BytePath, error: NodeJS.ErrnoException): void;
  /** A rule in an ignore file cannot be understood, or a folder has lost so much that it is left as it is. */
  problem(path: BytePath, reason: string): void;
  missing(files: number): void;
}

/** What a scan found out. */
export interface Work {
  readonly files: WorkList;
  /** Files that are back. */
  readonly returned: number;
  /** Directories whose sidecars are to be compared with what is known of them, after the files are read. */
  readonly sidecars: readonly SidecarDirectory[];
  /** After the files are read: remembers which directories need not be looked into while they stay as they are. */
  readonly settle: () => void;
}

/** Digest of a directory that was gone, all of whose files are marked missing. */
const goneDigest = Buffer.from("directory is gon");

/**
 * Walks `roots` once, compares with the catalog and tells which files are to be read. Directories whose digest is the
 * one remembered cost nothing more. Files that came back and files that are gone get their rows at the end, in one
 * transaction; a directory that could not be read says nothing about the files in and below it, and a root that looks as
 * if a disk were missing keeps what it has. What exists and is left out by the rules is not gone.
 * @throws ClipfindError INVALID_ARGUMENT for a glob that cannot be understood
 */
export async function findWork(options: FindWorkOptions, listener: ScanListener): Promise<Work> {
  const { catalog, sizes, roots, rehash = false, prune = false, part, dry = false, signal } = options;
  const known = knownDirectories(catalog, roots);
  const files = new WorkList();
  const seen = new Uint8Array(known.length);
  const unsettled: {
    directory: WalkedDirectory;
    root: RootRow | undefined;
    touched: ReadonlySet<BytePath> | undefined;
  }[] = [];
  const unreadable: { path: BytePath; error: NodeJS.ErrnoException }[] = [];
  const returned: { directoryId: number; name: BytePath }[] = [];
  const losses = new Map<RootRow, RootLosses>(roots.map((root) => [root, { found: 0, gone: [], directories: [] }]));

  const compare = (directory: WalkedDirectory) => {
    const row = directory.known === undefined ? undefined : known[directory.known];
    const changes = compareDirectory(row ? catalog.files.inDirectory(row.id) : new Map(), directory.files, rehash);
    const toRead = part === undefined ? changes.toRead : inPart(part, roots, directory, changes.toRead);
    files.add(directory.path, directory.files, toRead);
    const gone = goneFiles(directory.path, changes.absent, directory.files);
    if (row !== undefined) {
      for (const name of changes.returned) returned.push({ directoryId: row.id, name });
      if (gone.length > 0 && row.root !== undefined)
        losses.get(row.root)?.gone.push({ directoryId: row.id, names: gone });
    }
    const touched = new Set([...gone, ...changes.returned]);
    if (changes.toRead.length > 0) {
      const names = Array.from(directory.files, ({ name }) => name);
      for (const place of changes.toRead) touched.add(names[place]!);
    }
    const isSettled = row !== undefined && row.digest !== null;
    unsettled.push({
      directory,
      root: gone.length > 0 ? row?.root : undefined,
      touched: isSettled ? touched : undefined,
    });
    const found = directory.files.length - (changes.toRead.length - toRead.length);
    const strangers = toRead.filter((place) => !sizes.has(directory.files.bytesOf(place))).length;
    return { found, unchanged: changes.unchanged, returned: changes.returned.length, toRead: toRead.length, strangers };
  };

  const remembered = known.map(({ path, digest }) => ({ path, digest: rehash ? null : digest }));
  for await (const batch of walkDirectories({ roots, extensions: imageExtensions, known: remembered })) {
    signal.throwIfAborted();
    const counts = { found: 0, unchanged: 0, returned: 0, toRead: 0, strangers: 0 };
    for (const { known: index, files: count } of batch.unchanged) {
      seen[index] = 1;
      counts.found += count;
      counts.unchanged += count;
      addFound(known[index]?.root, count);
    }
    for (const directory of batch.directories) {
      if (directory.known !== undefined) seen[directory.known] = 1;
      const { found, unchanged, returned: back, toRead, strangers } = compare(directory);
      counts.found += found;
      counts.unchanged += unchanged;
      counts.returned += back;
      counts.toRead += toRead;
      counts.strangers += strangers;
      addFound(rootOf(roots, directory.path), found);
    }
    listener.scanned(counts);
    unreadable.push(...batch.unreadable);
    for (const { path, error } of batch.unreadable) {
      const isForgotten = prune && error.code === "ENOENT" && roots.some((root) => root.path === path);
      if (!isForgotten) listener.unreadable(path, error);
    }
    for (const { path, message } of batch.badRules) listener.problem(path, message);
  }
  signal.throwIfAborted();

  for (const [index, { id, path, digest, root }] of known.entries()) {
    if (root !== undefined) losses.get(root)?.directories.push(id);
    if (seen[index] === 1 || root === undefined || digest?.equals(goneDigest) === true) continue;
    // Nothing is known of it, or it is there and left out by the rules.
    if (!prune && unreadable.some((blocked) => isWithin(path, blocked.path))) continue;
    if (isDirectory(path)) continue;
    const names = [...catalog.files.inDirectory(id)].filter(([, file]) => !file.missing).map(([name]) => name);
    losses.get(root)?.gone.push({ directoryId: id, names, digest: goneDigest });
  }
  const kept = new Set<RootRow>();
  for (const [root, lost] of losses) {
    const verdict = prune ? { reason: undefined, device: undefined } : judgeLosses(catalog, root, lost, unreadable);
    if (verdict.reason !== undefined) {
      kept.add(root);
      listener.problem(root.path, verdict.reason);
    } else if (!dry && verdict.device !== undefined && verdict.device !== root.device) {
      catalog.roots.setDevice(root.path, verdict.device);
    }
  }
  const gone = [...losses].filter(([root]) => !kept.has(root)).flatMap(([, lost]) => lost.gone);
  listener.missing(gone.reduce((sum, { names }) => sum + names.length, 0));
  const forgotten = prune
    ? roots.filter((root) => unreadable.some((it) => it.path === root.path && it.error.code === "ENOENT"))
    : [];
  if (!dry && returned.length + gone.length + forgotten.length > 0) {
    catalog.transaction(() => {
      for (const { directoryId, name } of returned) catalog.files.setMissing(directoryId, name, false);
      for (const { directoryId, names, digest } of gone) {
        for (const name of names) catalog.files.setMissing(directoryId, name, true);
        // What sidecars said of a photo that has a copy elsewhere.
        if (catalog.sidecars.areIn(directoryId)) refineDirectory(catalog, directoryId);
        if (digest !== undefined) catalog.directories.setDigest(directoryId, digest);
      }
      for (const root of forgotten) catalog.roots.remove(root.path);
    });
  }

  return {
    files,
    returned: returned.length,
    sidecars: unsettled.flatMap(({ directory: { path, known: index, sidecars }, touched }) => {
      const id = index === undefined ? undefined : known[index]?.id;
      const wereSome = id !== undefined && catalog.sidecars.areIn(id);
      return sidecars.length > 0 || wereSome ? [{ path, sidecars, touched }] : [];
    }),
    settle: () =>
      settle(
        catalog,
        unsettled.filter(({ root }) => root === undefined || !kept.has(root)).map((it) => it.directory),
      ),
  };

  function addFound(root: RootRow | undefined, count: number): void {
    const lost = root && losses.get(root);
    if (lost !== undefined) lost.found += count;
  }
}

/** Those of `places` among the files of a directory that belong to `part`. */
function inPart(part: Part, roots: readonly RootRow[], { path, files }: WalkedDirectory, places: number[]): number[] {
  const root = rootOf(roots, path)?.path;
  const names = Array.from(files, ({ name }) => name);
  return places.filter((place) => partOf(joinBytePath(path, names[place]!), root, part.of) === part.index);
}

/** Remembers the digest of directories whose files all have a row that says what became of them, as they were found. */
function settle(catalog: Catalog, directories: readonly WalkedDirectory[]): void {
  if (directories.length === 0) return;
  catalog.transaction(() => {
    for (const { path, digest, files, sidecars } of directories) {
      const id = catalog.directories.find(path);
      if (id === undefined) continue;
      const { toRead, returned } = compareDirectory(catalog.files.inDirectory(id), files);
      const ofSidecars = compareSidecars(catalog.sidecars.fingerprints(id), sidecars);
      const left = toRead.length + returned.length + ofSidecars.toRead.length + ofSidecars.gone.length;
      if (left === 0) catalog.directories.setDigest(id, digest);
    }
  });
}

/** All known directories in the roots, each with the innermost root that it is in. */
function knownDirectories(
  catalog: Catalog,
  roots: readonly RootRow[],
): (DirectoryRow & { root: RootRow | undefined })[] {
  const rows = new Map(roots.flatMap((root) => catalog.directories.within(root.path)).map((row) => [row.id, row]));
  return Array.from(rows.values(), ({ id, path, digest }) => ({ id, path, digest, root: rootOf(roots, path) }));
}

/** The innermost of the roots that `path` is in. */
function rootOf(roots: readonly RootRow[], path: BytePath): RootRow | undefined {
  let innermost: RootRow | undefined;
  for (const root of roots) {
    const isInner = root.path.length > (innermost?.path.length ?? -1);
    if (isInner && isWithin(path, root.path)) innermost = root;
  }
  return innermost;
}
