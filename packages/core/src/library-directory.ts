import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import envPaths from "env-paths";

/** Where {@link libraryDirectory} looks. */
export interface LibraryPlace {
  /** As the user gave it (`--library`); wins over everything. */
  readonly explicit?: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** Instead of the user's data directory. */
  readonly fallback?: string | undefined;
}

/**
 * The directory of the library to use: the explicit one, else `CLIPFIND_LIBRARY`, else the nearest `.clipfind` in `cwd`
 * or above (a library that travels with its photos), else `fallback`, else the user's data directory by the rules of the
 * system.
 */
export function libraryDirectory({ explicit, env, cwd, fallback }: LibraryPlace): string {
  const named = explicit ?? env["CLIPFIND_LIBRARY"];
  if (named !== undefined && named !== "") return resolve(cwd, named);
  for (let directory = resolve(cwd); ; directory = dirname(directory)) {
    const portable = join(directory, ".clipfind");
    if (existsSync(portable)) return portable;
    if (dirname(directory) === directory) return fallback ?? envPaths("clipfind", { suffix: "" }).data;
  }
}
