import { lstatSync, statSync } from "node:fs";
import { basename, extname } from "node:path";
import type { AsyncSubscription, Event } from "@parcel/watcher";
import { bytePathFromText } from "../byte-path.ts";
import { isImageName } from "../scan/image-names.ts";

/** What has become of a folder: undefined, if nothing. */
export type FolderState =
  | { readonly type: "watching"; readonly path: string }
  | { readonly type: "unwatched"; readonly path: string; readonly reason: string };

/** So many events at once, and some may have been lost. */
const many = 10_000;

/** A folder whose changes are heard of as long as it is there. */
export class WatchedFolder {
  readonly path: string;
  readonly #ignored: readonly string[];
  readonly #changed: () => void;
  #identity: string | undefined;
  #subscription: AsyncSubscription | undefined;
  /** Folders have come that the watcher may not know, or it has failed: it begins anew. */
  #isStale = false;
  #told: string | undefined;

  /** `changed` is called for everything that may matter; not for what is in `ignored`. */
  constructor(path: string, ignored: readonly string[], changed: () => void) {
    this.path = path;
    this.#ignored = ignored;
    this.#changed = changed;
  }

  /** Whether the folder is there. */
  get isThere(): boolean {
    return identityOf(this.path) !== undefined;
  }

  /** Whether another folder is there than was, or none: a disk was unmounted or mounted, say. */
  get isAnother(): boolean {
    return identityOf(this.path) !== this.#identity;
  }

  /** Sees to it that changes are heard of from now on. Never throws: what cannot be watched is told, once. */
  async renew(): Promise<FolderState | undefined> {
    const identity = identityOf(this.path);
    if (identity !== undefined && identity === this.#identity && this.#subscription && !this.#isStale) return undefined;
    await this.close();
    this.#identity = identity;
    this.#isStale = false;
    if (identity === undefined) return this.#tell("not found; is a drive not mounted?");
    try {
      // Loaded only where folders are watched.
      const { subscribe } = await import("@parcel/watcher");
      this.#subscription = await subscribe(this.path, (error, events) => this.#hear(error, events), {
        ignore: [...this.#ignored],
      });
      return this.#tell(undefined);
    } catch (error) {
      return this.#tell(error instanceof Error ? error.message : String(error));
    }
  }

  async close(): Promise<void> {
    const subscription = this.#subscription;
    this.#subscription = undefined;
    // It fails where the folder is gone, and the system has ended it already.
    await subscription?.unsubscribe().catch(() => undefined);
  }

  #hear(error: Error | null, events: readonly Event[]): void {
    if (error !== null || events.length >= many) this.#isStale = true;
    // The watcher does not look into folders that were moved here with folders in them.
    else if (events.some(({ type, path }) => type === "create" && isDirectory(path))) this.#isStale = true;
    if (this.#isStale || events.some(matters)) this.#changed();
  }

  #tell(reason: string | undefined): FolderState | undefined {
    const state = reason ?? "";
    if (this.#told === state) return undefined;
    this.#told = state;
    return reason === undefined
      ? { type: "watching", path: this.path }
      : { type: "unwatched", path: this.path, reason };
  }
}

const ignoreFiles: ReadonlySet<string> = new Set([".gitignore", ".ignore", ".clipfindignore", ".nomedia"]);

/** Whether an event may concern photos. What is gone may have been a folder of them. */
function matters({ type, path }: Event): boolean {
  const name = basename(path);
  return (
    type === "delete" ||
    isImageName(bytePathFromText(name)) ||
    name.endsWith(".svg") ||
    ignoreFiles.has(name) ||
    extname(name).toLowerCase() === ".xmp" ||
    extname(name) === "" ||
    isDirectory(path)
  );
}

function isDirectory(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
  } catch {
    return false;
  }
}

/** Tells one folder from another that is at the same path; undefined where none is, or cannot be looked at. */
function identityOf(path: string): string | undefined {
  try {
    const stats = statSync(path, { bigint: true, throwIfNoEntry: false });
    return stats?.isDirectory() === true ? `${stats.dev}:${stats.ino}` : undefined;
  } catch {
    return undefined;
  }
}
