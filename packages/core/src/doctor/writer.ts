import { readFileSync, statSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";

/** Who writes to a store of vectors right now. */
export interface Writer {
  /** Null where the holder has not said. */
  readonly pid: number | null;
  readonly host: string | null;
  /** As in Date.toISOString. */
  readonly since: string | null;
}

/**
 * The process that has the writer lock of the store in `directory`, by what it wrote into the file of the lock. Takes no
 * lock: Linux lists those that are held; elsewhere a process of that number, on this machine, counts as the holder.
 */
export function writerOf(directory: string): Writer | undefined {
  const path = join(directory, "LOCK");
  const inode = statSync(path, { bigint: true, throwIfNoEntry: false })?.ino;
  if (inode === undefined) return undefined;
  const writer = noteIn(path);
  const isHeld = process.platform === "linux" ? isLocked(inode) : writer.host === hostname() && isRunning(writer.pid);
  return isHeld ? writer : undefined;
}

function noteIn(path: string): Writer {
  try {
    const { pid, host, since } = JSON.parse(readFileSync(path, "utf8")) as Record<string, unknown>;
    return {
      pid: typeof pid === "number" ? pid : null,
      host: typeof host === "string" ? host : null,
      since: typeof since === "number" ? new Date(since * 1000).toISOString() : null,
    };
  } catch {
    // Empty for a moment, or Windows does not let others read it.
    return { pid: null, host: null, since: null };
  }
}

/** /proc/locks has lines like "1: FLOCK  ADVISORY  WRITE 1234 fe:00:5678 0 EOF", with the inode last. */
function isLocked(inode: bigint): boolean {
  try {
    return new RegExp(`FLOCK .*:${inode} `).test(readFileSync("/proc/locks", "utf8"));
  } catch {
    return false;
  }
}

function isRunning(pid: number | null): boolean {
  if (pid === null) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
