import { readFileSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";

/** What a library consists of beside its catalog. Models, which may lie beside it, and what people put there, do not. */
const names: ReadonlySet<string> = new Set(["last-run.json", "relevance", "vectors"]);

/** A file of a library. */
export interface LibraryFile {
  /** Below the library's directory. */
  readonly path: string;
  readonly bytes: number;
  /** Never changed once it is written, so that two names for one file do no harm. */
  readonly isImmutable: boolean;
}

/** The files of the library in `library`, but its catalog, locks and what is being written. */
export function libraryFiles(library: string): LibraryFile[] {
  const below = (path: string): LibraryFile[] => {
    const state = statSync(join(library, path));
    if (state.isDirectory()) return readdirSync(join(library, path)).flatMap((name) => below(join(path, name)));
    if (!state.isFile() || /(?:^|[/\\])LOCK$|\.tmp$/.test(path)) return [];
    return [{ path, bytes: state.size, isImmutable: /[/\\]segment-\d+\.(?:vec|del-\d+)$/.test(path) }];
  };
  return readdirSync(library)
    .filter((name) => names.has(name))
    .flatMap(below);
}

/** Names in the library's directory that are its own. */
export function ownNames(library: string): string[] {
  return readdirSync(library).filter((name) => names.has(name) || name === "watching.json");
}

/** Directories of shards that lie elsewhere, of the store in `store`, as its newest manifest names them. */
export function shardDirectories(store: string): string[] {
  const newest = readdirSync(store)
    .filter((name) => /^manifest-\d+\.json$/.test(name))
    .toSorted()
    .at(-1);
  if (newest === undefined) return [];
  const { manifest } = JSON.parse(readFileSync(join(store, newest), "utf8")) as {
    manifest: { shard_dirs?: Record<string, string> };
  };
  return Object.values(manifest.shard_dirs ?? {});
}
