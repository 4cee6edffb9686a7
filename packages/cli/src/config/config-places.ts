import { existsSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, isAbsolute, join, resolve } from "node:path";
import type { Context } from "../context.ts";

/** What the file of a folder is called. */
export const projectFileName = ".clipfind.toml";

/** The user's file, by the rules of the system, as env-paths has them, which would have to be loaded for it. */
export function userFile({ env }: Pick<Context, "env">, platform: string = process.platform): string {
  if (platform === "darwin") return join(homedir(), "Library", "Preferences", "clipfind", "config.toml");
  if (platform === "win32") {
    return join(env["APPDATA"] ?? join(homedir(), "AppData", "Roaming"), "clipfind", "Config", "config.toml");
  }
  const named = env["XDG_CONFIG_HOME"];
  return join(named !== undefined && isAbsolute(named) ? named : join(homedir(), ".config"), "clipfind", "config.toml");
}

/** The file of the working directory, or of the nearest folder above it that has one. */
export function projectFile({ cwd }: Pick<Context, "cwd">): string | undefined {
  for (let folder = resolve(cwd); ; folder = dirname(folder)) {
    const file = join(folder, projectFileName);
    if (existsSync(file)) return file;
    if (dirname(folder) === folder) return undefined;
  }
}
