import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { dirname } from "node:path";
import { setTimeout } from "node:timers/promises";
import Database from "better-sqlite3";
import { ClipfindError } from "../errors.ts";
import { fileError } from "./file-error.ts";
import { partialDirectory } from "./models-home.ts";

/** Milliseconds between two looks whether a lock is free. */
const interval = 250;

export interface LockOptions {
  readonly signal?: AbortSignal | undefined;
  /** Told once who holds the lock, where somebody does. */
  readonly onWait?: ((holder: string) => void) | undefined;
}

/**
 * Does `work` when nobody else changes the model `id`, in this process or another.
 *
 * Node has no locks of its own; SQLite's are the operating system's: they end with the process, however it ends. The
 * empty database stays, for removing it would let two processes lock two files of the same name.
 * @throws ClipfindError PERMISSION_DENIED, DISK_FULL, ABORTED; what `work` throws
 */
export async function withModelLock<T>(
  home: string,
  id: string,
  options: LockOptions,
  work: () => Promise<T>,
): Promise<T> {
  const path = `${partialDirectory(home, id)}.lock`;
  const note = `${path}.json`;
  const database = await take(path, note, options);
  try {
    return await work();
  } finally {
    rmSync(note, { force: true });
    database.close();
  }
}

async function take(path: string, note: string, { signal, onWait }: LockOptions): Promise<Database.Database> {
  try {
    mkdirSync(dirname(path), { recursive: true });
  } catch (error) {
    throw fileError(error, dirname(path));
  }
  for (let waited = false; ; waited = true) {
    const database = tryLock(path);
    if (database !== undefined) {
      // For those who wait.
      const holder = { pid: process.pid, host: hostname(), since: new Date().toISOString() };
      try {
        writeFileSync(note, JSON.stringify(holder));
      } catch {
        // They will not know for whom.
      }
      return database;
    }
    if (!waited) onWait?.(holderOf(note));
    if (signal?.aborted === true) {
      throw new ClipfindError("ABORTED", `Stopped while waiting for ${holderOf(note)}`, { hint: "Run it again." });
    }
    await setTimeout(interval);
  }
}

function tryLock(path: string): Database.Database | undefined {
  let database: Database.Database | undefined;
  try {
    database = new Database(path, { timeout: 0 });
    database.exec("BEGIN EXCLUSIVE");
    return database;
  } catch (error) {
    database?.close();
    const { code = "" } = error as { code?: string };
    if (code.startsWith("SQLITE_BUSY")) return undefined;
    throw new ClipfindError("PERMISSION_DENIED", `${path}: expected a file that can be locked (${code})`, {
      hint: "Is the directory writable, and on a disk that knows locks? CLIPFIND_MODELS names another one.",
      cause: error,
    });
  }
}

function holderOf(note: string): string {
  try {
    const { pid, host, since } = JSON.parse(readFileSync(note, "utf8")) as Record<string, unknown>;
    return `process ${String(pid)} on ${String(host)} (since ${String(since)})`;
  } catch {
    // It is being written, or not any more there.
    return "another process";
  }
}
