import { statSync } from "node:fs";
import { open } from "node:fs/promises";
import { cachePath, readCache, writeCache } from "../user-cache.ts";

/** A file, and the SHA-256 (lower-case hex) that its content had in that state. */
export interface CheckedFile {
  /** Absolute. */
  readonly path: string;
  /** See {@link stateOf}: as it was before the file was read. */
  readonly state: string;
  readonly sha256: string;
}

/** Of some forty models. */
const mostFiles = 256;
/** More than that many entries with the longest paths take. */
const mostBytes = 4e6;

/** What is kept: state and SHA-256 by path, the file that was checked last at the end. */
interface Kept {
  readonly version: 1;
  readonly files: Readonly<Record<string, Omit<CheckedFile, "path">>>;
}

/**
 * What tells that a file has not changed since it was read: size, both times in nanoseconds, and inode.
 * @throws NodeJS.ErrnoException
 */
export function stateOf(path: string): string {
  const { size, mtimeNs, ctimeNs, ino } = statSync(path, { bigint: true });
  return [size, mtimeNs, ctimeNs, ino].join(":");
}

/** Says of files whether their content was seen to have the SHA-256 in the state they are in, in whatever library. */
export function rememberedFiles(): (path: string, sha256: string) => boolean {
  const files = readKept();
  return (path, sha256) => {
    const known = files.get(path);
    return known !== undefined && known.sha256 === sha256 && known.state === stateOf(path);
  };
}

/**
 * Remembers that files were checked, for the next library of this user. They are written through to the disk before:
 * what is remembered must still be true after a power failure. Never rejects.
 */
export async function rememberFiles(checked: readonly CheckedFile[]): Promise<void> {
  const kept: CheckedFile[] = [];
  for (const file of checked) if (await isOnDisk(file.path)) kept.push(file);
  await change(kept, []);
}

/** Forgets files, which turned out to be others than they were. Never rejects. */
export function forgetFiles(paths: readonly string[]): Promise<void> {
  return change([], paths);
}

async function change(added: readonly CheckedFile[], removed: readonly string[]): Promise<void> {
  const files = readKept();
  const before = JSON.stringify([...files]);
  for (const path of removed) files.delete(path);
  for (const { path, ...known } of added) {
    files.delete(path);
    files.set(path, known);
  }
  if (JSON.stringify([...files]) === before) return;
  const kept: Kept = { version: 1, files: Object.fromEntries([...files].slice(-mostFiles)) };
  await writeCache(keptIn(), `${JSON.stringify(kept, undefined, 2)}\n`);
}

function keptIn(): string {
  return cachePath("checked-files.json");
}

/** Nothing where there is none, or none that can be understood. */
function readKept(): Map<string, Omit<CheckedFile, "path">> {
  try {
    const { version, files } = JSON.parse(String(readCache(keptIn(), mostBytes))) as Partial<Kept>;
    const entries = Object.entries(version === 1 ? (files ?? {}) : {});
    return new Map(entries.filter(([, known]) => typeof known?.state === "string" && typeof known.sha256 === "string"));
  } catch {
    return new Map();
  }
}

async function isOnDisk(path: string): Promise<boolean> {
  try {
    // Windows writes through only what may be written to.
    await using handle = await open(path, process.platform === "win32" ? "r+" : "r");
    await handle.sync();
    return true;
  } catch {
    return false;
  }
}
