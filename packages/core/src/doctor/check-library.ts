import { accessSync, constants, existsSync, statSync } from "node:fs";
import { statfs } from "node:fs/promises";
import { dirname, join } from "node:path";
import { bytePathToBuffer, bytePathToText } from "../byte-path.ts";
import type { Catalog } from "../db/open-catalog.ts";
import { ClipfindError } from "../errors.ts";
import { type LibraryPlace, type LocatedLibrary, locateLibrary } from "../library-directory.ts";
import { formatBytes } from "../models/format-bytes.ts";
import { reasonOf } from "../photos/read-photo.ts";
import { checkVectors, type VectorsReport } from "./check-vectors.ts";
import { type Finding, note, problem, problemOf } from "./finding.ts";

/** A library, as far as it can be read; what is null cannot be told. */
export interface LibraryReport extends LocatedLibrary {
  readonly exists: boolean;
  readonly writable: boolean;
  /** Bytes that are free on its disk. */
  readonly diskFree: number | null;
  /** Number of the catalog's schema. */
  readonly schema: number | null;
  readonly roots: readonly { readonly path: string; readonly problem: string | null }[];
  readonly files: { readonly present: number; readonly missing: number; readonly failed: number } | null;
  /** Folders with photos: watching takes a watch for each on Linux. */
  readonly folders: number | null;
  /** When something was last written, as in Date.toISOString: by an index run, mostly. */
  readonly lastWritten: string | null;
  readonly models: readonly VectorsReport[];
}

/** An index run commits as it goes, and needs room for that. */
const leastFree = 500e6;

/**
 * Looks at the library that is meant, without changing or creating anything; each part of it by itself, so that what is
 * damaged hides nothing else.
 * @param whole - directories of models whose files are known to be as they should
 */
export async function checkLibrary(
  place: LibraryPlace,
  whole: ReadonlySet<string>,
  signal?: AbortSignal,
): Promise<[LibraryReport, Finding[]]> {
  const located = locateLibrary(place);
  const { directory } = located;
  const findings: Finding[] = [];
  const catalogFile = join(directory, "catalog.db");
  const exists = existsSync(catalogFile);
  const nearest = nearestDirectory(directory);
  const writable = isWritable(exists ? [directory, catalogFile] : [nearest]);
  const diskFree = await statfs(nearest).then(
    ({ bavail, bsize }) => bavail * bsize,
    () => null,
  );
  if (!exists) findings.push(problem(`There is no library in ${directory} yet`, "Make one: `clipfind index DIR`"));
  if (!writable) {
    const what = exists ? `The library ${directory} cannot be written` : `${nearest} cannot be written`;
    findings.push(problem(what, "Change its permissions or its owner, or name another place with --library"));
  }
  if (diskFree !== null && diskFree < leastFree) {
    const what = `${formatBytes(diskFree)} are free on the disk of ${nearest}`;
    findings.push(problem(what, "Free some space; what was indexed is safe"));
  }
  const nothing = { schema: null, roots: [], files: null, folders: null, lastWritten: null, models: [] };
  const report = { ...located, exists, writable, diskFree };
  const catalog = exists ? await openToRead(directory, findings) : undefined;
  if (catalog === undefined) return [{ ...report, ...nothing }, findings];
  try {
    return [{ ...report, ...(await inCatalog(directory, catalog, whole, findings, signal)) }, findings];
  } catch (error) {
    signal?.throwIfAborted();
    findings.push(problemOf(error, "Restore it from a backup"));
    return [{ ...report, ...nothing, schema: catalog.schema }, findings];
  } finally {
    catalog.close();
  }
}

type InCatalog = Omit<LibraryReport, keyof LocatedLibrary | "diskFree" | "exists" | "writable">;

async function inCatalog(
  directory: string,
  catalog: Catalog,
  whole: ReadonlySet<string>,
  findings: Finding[],
  signal: AbortSignal | undefined,
): Promise<InCatalog> {
  const [damage, ...more] = catalog.check();
  if (damage !== undefined) {
    const rest = more.length > 0 ? `, and ${more.length} more` : "";
    const todo = "Restore catalog.db from a backup, or move the library aside and index again; photos are not affected";
    findings.push(problem(`The catalog ${catalog.path} is damaged: ${damage}${rest}`, todo));
  }
  const roots = catalog.roots.all().map(({ path }) => ({ path: bytePathToText(path), problem: rootProblem(path) }));
  for (const { path, problem: reason } of roots) {
    if (reason === null) continue;
    const todo = "Mount its drive, or restore the permission; if it is gone for good: `clipfind index --prune`";
    findings.push(problem(`The folder ${path} cannot be read: ${reason}`, todo));
  }
  const files = catalog.files.counts();
  if (files.failed > 0) {
    const what = files.failed === 1 ? "One file could not be read" : `${files.failed} files could not be read`;
    findings.push(
      note(what, "`clipfind status --failed` says which and why, `clipfind index --retry-failed` tries again"),
    );
  }
  const current = catalog.models.current();
  const models: VectorsReport[] = [];
  for (const row of catalog.models.all()) {
    signal?.throwIfAborted();
    const [model, found] = await checkVectors(directory, row, row.fingerprint === current?.fingerprint, whole);
    models.push(model);
    findings.push(...found);
  }
  if (models.length === 0) findings.push(problem("Nothing is indexed yet", "Index some photos: `clipfind index DIR`"));
  return {
    schema: catalog.schema,
    roots,
    files,
    folders: catalog.directories.all().length,
    lastWritten: lastWritten(catalog.path),
    models,
  };
}

/** Reports why a catalog does not open. */
async function openToRead(directory: string, findings: Finding[]): Promise<Catalog | undefined> {
  try {
    const { openCatalogToRead } = await import("../db/open-catalog.ts");
    return openCatalogToRead(directory);
  } catch (error) {
    const isOlder = error instanceof ClipfindError && error.code === "INVALID_ARGUMENT";
    if (isOlder) findings.push(note(error.message, "Run `clipfind status`: it brings the catalog up to date"));
    else findings.push(problemOf(error, "Install clipfind again"));
    return undefined;
  }
}

function rootProblem(path: Parameters<typeof bytePathToBuffer>[0]): string | null {
  try {
    const buffer = bytePathToBuffer(path);
    if (!statSync(buffer).isDirectory()) return "not a folder any more";
    accessSync(buffer, constants.R_OK);
    return null;
  } catch (error) {
    return reasonOf(error);
  }
}

/** `directory`, or the nearest above it that is there. */
function nearestDirectory(directory: string): string {
  for (let path = directory; ; path = dirname(path)) {
    if (statSync(path, { throwIfNoEntry: false })?.isDirectory() === true || dirname(path) === path) return path;
  }
}

function isWritable(paths: readonly string[]): boolean {
  try {
    for (const path of paths) accessSync(path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/** The newest of the catalog's files. */
function lastWritten(path: string): string | null {
  const times = [path, `${path}-wal`].map((file) => statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0);
  const last = Math.max(...times);
  return last === 0 ? null : new Date(last).toISOString();
}
