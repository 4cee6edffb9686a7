import { readFileSync } from "node:fs";

/**
 * Resident bytes of this process that are its own: without the pages of mapped files, such as a model's, which all
 * processes share and the system may drop. Where the system does not tell them apart, all resident bytes.
 */
export function ownMemory(): number {
  try {
    // proc(5): in kB
    const status = readFileSync("/proc/self/status", "latin1");
    const [anonymous, shared] = [kilobytes(status, "RssAnon"), kilobytes(status, "RssShmem")];
    if (anonymous !== undefined) return 1024 * (anonymous + (shared ?? 0));
  } catch {
    // No /proc: said below.
  }
  return process.memoryUsage.rss();
}

function kilobytes(status: string, name: string): number | undefined {
  const found = new RegExp(`^${name}:\\s+(\\d+) kB`, "m").exec(status)?.[1];
  return found === undefined ? undefined : Number(found);
}
