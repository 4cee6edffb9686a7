import { existsSync, realpathSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { type BytePath, bytePathFromBuffer, bytePathFromText, isWithin } from "../byte-path.ts";
import type { RootRow } from "../db/roots-table.ts";
import { ClipfindError } from "../errors.ts";
import type { ScanRules } from "../scan-rules.ts";

/**
 * The directories to index as absolute paths without symbolic links, so that one directory has one name; a directory
 * inside another of them is left out. One of `forgettable` need not be there.
 * @throws ClipfindError NOT_A_DIRECTORY, PERMISSION_DENIED naming the directory
 */
export function resolveRoots(directories: readonly string[], forgettable: readonly BytePath[] = []): BytePath[] {
  const roots = directories.map((directory) => {
    const path = bytePathFromText(resolve(directory));
    if (forgettable.includes(path) && !existsSync(directory)) return path;
    try {
      if (!statSync(directory).isDirectory()) throw notADirectory(directory, "is a file");
      return bytePathFromBuffer(realpathSync.native(directory, { encoding: "buffer" }));
    } catch (cause) {
      if (cause instanceof ClipfindError) throw cause;
      if (cause instanceof Error && "code" in cause && (cause.code === "EACCES" || cause.code === "EPERM")) {
        throw new ClipfindError("PERMISSION_DENIED", `Cannot read the directory ${resolve(directory)}`, {
          cause,
          hint: "Check its permissions.",
        });
      }
      throw notADirectory(directory, "does not exist", cause);
    }
  });
  return outermost(roots);
}

/**
 * What a run on `roots` walks: these, and the `known` folders inside them, which keep their own rules. `rules`, if given,
 * are those of `roots`; else those not known have `newRules`.
 */
export function rootsToScan(
  roots: readonly BytePath[],
  known: readonly RootRow[],
  rules?: ScanRules,
  newRules: ScanRules = {},
): readonly RootRow[] {
  const given = roots.map((path) => {
    const row = known.find((root) => root.path === path) ?? { path, rules: newRules, device: null };
    return rules === undefined ? row : { ...row, rules };
  });
  const inside = known.filter(({ path }) => !roots.includes(path) && roots.some((root) => isWithin(path, root)));
  return [...given, ...inside];
}

/** The directories that are not inside another of them, each once. */
export function outermost(directories: readonly BytePath[]): BytePath[] {
  const sorted = [...new Set(directories)].toSorted();
  return sorted.filter((path) => !sorted.some((other) => other !== path && isWithin(path, other)));
}

function notADirectory(directory: string, what: string, cause?: unknown): ClipfindError {
  return new ClipfindError("NOT_A_DIRECTORY", `Expected a directory to index, but ${resolve(directory)} ${what}`, {
    cause,
    hint: "Check the spelling. Nothing in the index was changed.",
  });
}
