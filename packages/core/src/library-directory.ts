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

/** A library's directory, and what names it. */
export interface LocatedLibrary {
  readonly directory: string;
  readonly by: "--library" | "CLIPFIND_LIBRARY" | "a .clipfind folder" | "your settings" | "your data directory";
}

/**
 * The directory of the library to use: the explicit one, else `CLIPFIND_LIBRARY`, else the nearest `.clipfind` in `cwd`
 * or above (a library that travels with its photos), else `fallback`, else the user's data directory by the rules of the
 * system.
 */
export function libraryDirectory(place: LibraryPlace): string {
  return locateLibrary(place).directory;
}

/** The same, with the reason. */
export function locateLibrary({ explicit, env, cwd, fallback }: LibraryPlace): LocatedLibrary {
  const named = explicit ?? env["CLIPFIND_LIBRARY"];
  if (named !== undefined && named !== "") {
    return { directory: resolve(cwd, named), by: explicit === undefined ? "CLIPFIND_LIBRARY" : "--library" };
  }
  for (let directory = resolve(cwd); ; directory = dirname(directory)) {
    const portable = join(directory, ".clipfind");
    if (existsSync(portable)) return { directory: portable, by: "a .clipfind folder" };
    if (dirname(directory) !== directory) continue;
    if (fallback !== undefined) return { directory: fallback, by: "your settings" };
    return { directory: envPaths("clipfind", { suffix: "" }).data, by: "your data directory" };
  }
}
