import { existsSync, readdirSync } from "node:fs";
import { mkdir, open, rename, rm, rmdir } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

/**
 * Makes the directory `target` whole or not at all: `fill` fills one beside it, which then takes its name. What is at
 * `target` may be an empty directory, or anything with `replace`.
 * @throws what `fill` throws, and errors of the file system; `target` is as it was then
 */
export async function makeWholeDirectory<T>(
  target: string,
  fill: (directory: string) => Promise<T>,
  { replace = false }: { readonly replace?: boolean } = {},
): Promise<T> {
  await tidyUpBeside(target);
  const [staged, replaced] = [besides(target, "new"), besides(target, "old")];
  await mkdir(staged);
  try {
    const made = await fill(staged);
    for (const directory of [...directoriesIn(staged), staged]) await syncDirectory(directory);
    const isReplaced = replace && existsSync(target);
    // Only an empty one goes; another may have been made meanwhile.
    if (!replace && existsSync(target)) await rmdir(target);
    if (isReplaced) await rename(target, replaced);
    try {
      await rename(staged, target);
    } catch (error) {
      if (isReplaced) await rename(replaced, target);
      throw error;
    }
    await syncDirectory(dirname(target));
    if (isReplaced) await rm(replaced, { recursive: true, force: true });
    return made;
  } catch (error) {
    await rm(staged, { recursive: true, force: true });
    throw error;
  }
}

/** Sees to it that the names in a directory are on the disk, where the system can do that. */
export async function syncDirectory(directory: string): Promise<void> {
  if (process.platform === "win32") return;
  await using handle = await open(directory);
  await handle.sync();
}

/** `.photos.clipfind-new-4711`: hidden, of the process. */
function besides(target: string, what: "new" | "old"): string {
  return join(dirname(target), `.${basename(target)}.clipfind-${what}-${process.pid}`);
}

/** Removes what processes that were killed have left beside `target`, and puts back what one had just put aside. */
export async function tidyUpBeside(target: string): Promise<void> {
  await mkdir(dirname(target), { recursive: true });
  const prefix = `.${basename(target)}.clipfind-`;
  for (const name of readdirSync(dirname(target))) {
    const [, what, pid] = (name.startsWith(prefix) && /^(new|old)-(\d+)$/.exec(name.slice(prefix.length))) || [];
    if (what === undefined || (Number(pid) !== process.pid && isRunning(Number(pid)))) continue;
    const path = join(dirname(target), name);
    if (what === "old" && !existsSync(target)) await rename(path, target);
    else await rm(path, { recursive: true, force: true });
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Somebody else's is running, too.
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

/** Those below, the deepest first. */
function directoriesIn(directory: string): string[] {
  return readdirSync(directory, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .flatMap((entry) => {
      const path = join(directory, entry.name);
      return directoriesIn(path).concat(path);
    });
}
