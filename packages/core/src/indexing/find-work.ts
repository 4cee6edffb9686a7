import { setImmediate } from "node:timers/promises";
import { type BytePath, isWithin } from "../byte-path.ts";
import type { Catalog } from "../db/open-catalog.ts";
import type { Fingerprint } from "../fingerprint.ts";
import { compareDirectory } from "../scan/changes.ts";
import { walk } from "../scan/walk.ts";

/** A file to be read: new, changed, or not readable the last time. */
export interface FileToRead {
  readonly directory: BytePath;
  readonly name: BytePath;
  readonly fingerprint: Fingerprint;
}

/** What a scan tells while it goes on. */
export interface ScanListener {
  /** One directory was compared. */
  scanned(counts: { found: number; unchanged: number; returned: number; toRead: number }): void;
  unreadable(directory: BytePath, error: NodeJS.ErrnoException): void;
  missing(files: number): void;
}

/** Directories per turn of the event loop: keeps progress and Ctrl-C alive at a cost that does not show. */
const directoriesPerTurn = 64;

/**
 * Walks `roots` (absolute, none inside another) once, compares with the catalog and returns the files to read. Files
 * that came back and files that are gone get their rows at the end, in one transaction; a directory that could not be
 * read says nothing about the files in and below it.
 */
export async function findWork(
  catalog: Catalog,
  roots: readonly BytePath[],
  listener: ScanListener,
  signal: AbortSignal,
): Promise<FileToRead[]> {
  const work: FileToRead[] = [];
  const returned: { directoryId: number; name: BytePath }[] = [];
  const gone: { directoryId: number; name: BytePath }[] = [];
  for (const root of roots) {
    const walked = new Set<BytePath>();
    const unreadable: BytePath[] = [];
    for (const directory of walk(root)) {
      if (walked.size % directoriesPerTurn === 0) await setImmediate();
      signal.throwIfAborted();
      walked.add(directory.path);
      if (directory.error !== undefined) {
        unreadable.push(directory.path);
        listener.unreadable(directory.path, directory.error);
        continue;
      }
      const { path, photos } = directory;
      const directoryId = catalog.directories.find(path);
      const known = directoryId === undefined ? new Map<BytePath, never>() : catalog.files.inDirectory(directoryId);
      const changes = compareDirectory(known, photos);
      for (const { name, fingerprint } of changes.toRead) work.push({ directory: path, name, fingerprint });
      if (directoryId !== undefined) {
        for (const name of changes.returned) returned.push({ directoryId, name });
        for (const name of changes.gone) gone.push({ directoryId, name });
      }
      listener.scanned({
        found: photos.size,
        unchanged: changes.unchanged,
        returned: changes.returned.length,
        toRead: changes.toRead.length,
      });
    }
    for (const { id, path } of catalog.directories.within(root)) {
      if (walked.has(path) || unreadable.some((blocked) => isWithin(path, blocked))) continue;
      for (const [name, file] of catalog.files.inDirectory(id)) {
        if (!file.missing) gone.push({ directoryId: id, name });
      }
    }
  }
  listener.missing(gone.length);
  if (returned.length > 0 || gone.length > 0) {
    catalog.transaction(() => {
      for (const { directoryId, name } of returned) catalog.files.setMissing(directoryId, name, false);
      for (const { directoryId, name } of gone) catalog.files.setMissing(directoryId, name, true);
    });
  }
  return work;
}
