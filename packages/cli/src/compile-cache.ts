import { existsSync, mkdirSync } from "node:fs";
import module from "node:module";
import { homedir } from "node:os";
import { dirname, isAbsolute, join } from "node:path";

/**
 * Lets Node keep compiled code from run to run, in the user's own cache directory: its default would be one that all
 * users of the machine can write to. Where that cannot be written, or Node is older than 22.8, nothing happens.
 * NODE_DISABLE_COMPILE_CACHE=1 switches it off, NODE_COMPILE_CACHE names another directory.
 */
export function cacheCompiledCode(env: Readonly<Record<string, string | undefined>>, platform: string): void {
  if (env["NODE_COMPILE_CACHE"] !== undefined) return;
  const base = cacheDirectory(env, platform);
  // Node would try for ever to make one below a home where none can be made and that answers ENOENT, as /proc does.
  if (!existsSync(base) && !isMade(base)) return;
  module.enableCompileCache?.(join(base, "clipfind", "compiled"));
}

/** Whether the directory could be made, in one that is there or can be made. */
function isMade(directory: string): boolean {
  const above = dirname(directory);
  if (above === directory || (!existsSync(above) && !isMade(above))) return false;
  try {
    mkdirSync(directory);
    return true;
  } catch {
    return existsSync(directory);
  }
}

/** By the rules of the system, as env-paths has them, which would have to be loaded for it. */
function cacheDirectory(env: Readonly<Record<string, string | undefined>>, platform: string): string {
  if (platform === "darwin") return join(homedir(), "Library", "Caches");
  if (platform === "win32") return env["LOCALAPPDATA"] ?? join(homedir(), "AppData", "Local");
  const named = env["XDG_CACHE_HOME"];
  return named !== undefined && isAbsolute(named) ? named : join(homedir(), ".cache");
}
