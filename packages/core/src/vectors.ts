import { Cancel, VectorStore, repairStore, verifyStore } from "@clipfind/native";
import { ClipfindError, type ErrorCode } from "./errors.ts";

/** Numbers about a vector store. */
export interface VectorStats {
  readonly dims: number;
  readonly shards: number;
  readonly segments: number;
  /** Rows on disk, deleted or not. */
  readonly rows: number;
  /** Vectors a search can find. */
  readonly live: number;
  /** Vectors deleted or replaced, still on disk. */
  readonly deleted: number;
  /** Rows that are in the log and in no segment yet. */
  readonly logRows: number;
  /** Bytes of the high planes, which every search reads. */
  readonly highBytes: number;
  /** Bytes of the low planes, of which a search reads a little. */
  readonly lowBytes: number;
  /** Bytes of segments and log in all. */
  readonly bytes: number;
  /** Shards whose directories are missing: searches leave them out. */
  readonly missingShards: readonly number[];
  /** Which SIMD kernel scans: scalar, sse2, avx2, avx512vnni, neon or neondot. */
  readonly kernel: string;
  /** Threads of the scan. */
  readonly threads: number;
}

/** One vector found: the content id it was stored under and its dot product with the query. */
export interface VectorHit {
  readonly id: number;
  readonly score: number;
}

/** The answer to one query. */
export interface VectorAnswer {
  /** Best first, equal scores by ascending id. */
  readonly hits: readonly VectorHit[];
  /** Rows whose high plane was read. */
  readonly scanned: number;
  /** Rows that were scored from both planes. */
  readonly rescored: number;
  /** Shards whose rows are left out because their directories are missing. */
  readonly missingShards: readonly number[];
}

export interface VectorSearchOptions {
  /** Ids that may be found. With `ranges` too, an id in either may be found. */
  readonly among?: Iterable<number> | undefined;
  /** Ranges of ids that may be found, first and last; as numbers, one after the other, where there are many. */
  readonly ranges?: readonly (readonly [first: number, last: number])[] | Float64Array | undefined;
  /** Aborting it ends the search within milliseconds, with ABORTED. */
  readonly signal?: AbortSignal | undefined;
}

export interface VectorsOptions {
  readonly dims: number;
  /** Number of shards of a new store; must match an existing one when given (`reshard` changes it). */
  readonly shards?: number | undefined;
  /** true takes the writer lock (one per store) and creates a missing store; false only reads. */
  readonly write: boolean;
  /** Threads of the scan, one per core unless given. */
  readonly threads?: number | undefined;
}

/** What is wrong with a file of the index, or with one row of it. */
export interface Damage {
  readonly path: string;
  /** Number of the row in the file, from 0. */
  readonly row?: number;
  readonly what: string;
}

/**
 * Vectors on disk under integer ids, searched exactly by dot product. The only importer of the native store: what it
 * throws becomes a ClipfindError here and nowhere else.
 */
export class Vectors implements Disposable {
  readonly #store: VectorStore;

  private constructor(store: VectorStore) {
    this.#store = store;
  }

  /**
   * Opens the store in `directory`.
   * @throws ClipfindError LIBRARY_LOCKED (another writer), MODEL_MISMATCH (dims), INVALID_ARGUMENT (shards),
   *   SHARD_MISSING (only to write), STORE_DAMAGED (to read: nothing whole is left; to write: anything is damaged, for
   *   `repair` to save), STORE_TOO_NEW, STORE_FAILED
   */
  static open(directory: string, options: VectorsOptions): Vectors {
    return translated(() => new Vectors(VectorStore.open(directory, withoutUndefined(options))));
  }

  /**
   * Checks every file and row of the store in `directory`, also of one that cannot be opened, and changes nothing.
   * @returns rows and files checked, what is damaged (nothing, when all is well), and remarks
   * @throws ClipfindError LIBRARY_NOT_FOUND, STORE_DAMAGED (no store's files are there), STORE_TOO_NEW, STORE_FAILED,
   *   ABORTED
   */
  static async verify(
    directory: string,
    signal?: AbortSignal,
  ): Promise<{ rows: number; files: number; damage: Damage[]; notes: string[] }> {
    const { rows, files, damage, notes } = await cancellable(signal, (cancel) => verifyStore(directory, cancel));
    return { rows, files, damage: damage.map(withoutNull), notes };
  }

  /**
   * Keeps all rows of a damaged store that check out. Files that were damaged stay, under names that end in
   * `.damaged`. Rows that were deleted or replaced may be back.
   * @throws ClipfindError LIBRARY_LOCKED, LIBRARY_NOT_FOUND, SHARD_MISSING, STORE_DAMAGED (nothing can be read at all),
   *   STORE_TOO_NEW, STORE_FAILED, DISK_FULL, ABORTED
   */
  static async repair(
    directory: string,
    signal?: AbortSignal,
  ): Promise<{ kept: number; lost: Damage[]; renamed: string[] }> {
    const { kept, lost, renamed } = await cancellable(signal, (cancel) => repairStore(directory, cancel));
    return { kept, lost: lost.map(withoutNull), renamed };
  }

  /**
   * Stores `rows` (float32, ids.length × dims, row after row) under `ids`, durably: when the promise resolves a crash
   * loses none of them. A vector already stored under an id is replaced.
   */
  async append(ids: readonly number[], rows: Float32Array): Promise<void> {
    await translatedAsync(() => this.#store.append(Float64Array.from(ids), rows));
  }

  /** Deletes the vectors of `ids`, ignoring unknown ones. Resolves to how many there were. */
  async delete(ids: readonly number[]): Promise<number> {
    return translatedAsync(() => this.#store.delete(Float64Array.from(ids)));
  }

  /**
   * The `k` vectors with the largest dot product with `query` (float32, dims), best first, equal scores by ascending
   * id; fewer when fewer are there or allowed. Exact for the vectors as they are stored.
   */
  async search(query: Float32Array, k: number, options: VectorSearchOptions = {}): Promise<VectorAnswer> {
    const [answer] = await this.searchMany(query, k, options);
    return answer ?? { hits: [], scanned: 0, rescored: 0, missingShards: [] };
  }

  /** `search` for several queries (float32, n × dims, one after the other), which share their passes over the vectors. */
  async searchMany(queries: Float32Array, k: number, options: VectorSearchOptions = {}): Promise<VectorAnswer[]> {
    const { among, ranges, signal } = options;
    const restriction = {
      ...(among && { among: Float64Array.from(among) }),
      ...(ranges && { ranges: ranges instanceof Float64Array ? ranges : Float64Array.from(ranges.flat()) }),
    };
    const answers = await cancellable(signal, (cancel) => this.#store.search(queries, k, restriction, cancel));
    return answers.map(({ ids, scores, scanned, rescored, missingShards }) => {
      const hits = Array.from(ids, (id, rank) => ({ id, score: scores[rank] as number }));
      return { hits, scanned, rescored, missingShards };
    });
  }

  /** Merges small segments and drops dead rows. Appends and deletes go on meanwhile; aborting loses nothing. */
  async compact(options: { full?: boolean; signal?: AbortSignal | undefined } = {}): Promise<void> {
    const { full = false, signal } = options;
    await cancellable(signal, (cancel) => this.#store.compact({ full }, cancel));
  }

  /** Spreads the vectors over another number of shards (1 to 999), all or nothing. */
  async reshard(shards: number, signal?: AbortSignal): Promise<void> {
    await cancellable(signal, (cancel) => this.#store.reshard(shards, cancel));
  }

  /** Moves the files of a shard to another directory, perhaps on another disk. */
  async moveShard(shard: number, directory: string, signal?: AbortSignal): Promise<void> {
    await cancellable(signal, (cancel) => this.#store.moveShard(shard, directory, cancel));
  }

  /** Takes in what other handles and processes have committed since. True when there was something. */
  refresh(): boolean {
    return translated(() => this.#store.refresh());
  }

  /** The vector stored under `id` (float32, dims; as rounded to 16 bits), undefined when there is none. */
  vector(id: number): Float32Array | undefined {
    return translated(() => this.#store.vector(id) ?? undefined);
  }

  /** All ids that have a vector, ascending. */
  ids(): number[] {
    return translated(() => Array.from(this.#store.ids()));
  }

  /** What is damaged: commits that were passed over, parts of the log; a sentence each. */
  warnings(): string[] {
    return translated(() => this.#store.warnings());
  }

  stats(): VectorStats {
    return translated(() => this.#store.stats());
  }

  /** Releases files and lock. Any later call throws CLOSED. */
  close(): void {
    this.#store.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

/** Runs a call that `signal` stops within milliseconds; it then throws ABORTED. */
async function cancellable<T>(signal: AbortSignal | undefined, call: (cancel: Cancel) => Promise<T>): Promise<T> {
  const cancel = new Cancel();
  const stop = (): void => cancel.cancel();
  if (signal?.aborted === true) stop();
  signal?.addEventListener("abort", stop, { once: true });
  try {
    return await translatedAsync(() => call(cancel));
  } finally {
    signal?.removeEventListener("abort", stop);
  }
}

function withoutNull({ path, row, what }: { path: string; row?: number | null; what: string }): Damage {
  return { path, what, ...(typeof row === "number" && { row }) };
}

function withoutUndefined<T extends object>(options: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as never;
}

function translated<T>(call: () => T): T {
  try {
    return call();
  } catch (error) {
    throw storeError(error);
  }
}

async function translatedAsync<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw storeError(error);
  }
}

/** The binding reports "CODE: message"; everything else (a TypeError of N-API, say) passes unchanged. */
function storeError(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const [, code, message] = /^([A-Z][A-Z_]+): (.*)$/s.exec(error.message) ?? [];
  const meaning = code === undefined ? undefined : meanings[code];
  if (meaning === undefined) return error;
  const hint = hints[code as string];
  return new ClipfindError(meaning, message as string, { cause: error, ...(hint !== undefined && { hint }) });
}

/** What to do where the store's own words do not say it. */
const hints: Readonly<Record<string, string>> = {
  STORE_DAMAGED: "Run `clipfind repair`, then `clipfind index`: it encodes what is lost again from the photos.",
  STORE_NOT_A_STORE: "Move it away and run `clipfind index`: it encodes everything again from the photos.",
};

/** The store's codes (crates/store/src/error.rs, crates/kernels/src/lib.rs) and what they are to a user of the library. */
const meanings: Readonly<Record<string, ErrorCode>> = {
  CANCELLED: "ABORTED",
  CLOSED: "CLOSED",
  INVALID_ARGUMENT: "INVALID_ARGUMENT",
  ID_DUPLICATE: "INVALID_ARGUMENT",
  ID_TOO_LARGE: "INVALID_ARGUMENT",
  KERNEL_UNAVAILABLE: "INVALID_ARGUMENT",
  KERNEL_UNKNOWN: "INVALID_ARGUMENT",
  QUERY_LENGTH_MISMATCH: "INVALID_ARGUMENT",
  STORE_COMPACTION_OUTDATED: "STORE_FAILED",
  STORE_DAMAGED: "STORE_DAMAGED",
  STORE_DIMENSION_MISMATCH: "MODEL_MISMATCH",
  STORE_DISK_FULL: "DISK_FULL",
  STORE_INVALID_OPTIONS: "INVALID_ARGUMENT",
  STORE_IO: "STORE_FAILED",
  STORE_LOCKED: "LIBRARY_LOCKED",
  STORE_NOT_A_STORE: "STORE_DAMAGED",
  STORE_NOT_FOUND: "LIBRARY_NOT_FOUND",
  STORE_PERMISSION_DENIED: "PERMISSION_DENIED",
  STORE_SHARD_MISMATCH: "INVALID_ARGUMENT",
  STORE_SHARD_MISSING: "SHARD_MISSING",
  STORE_THREADS: "STORE_FAILED",
  STORE_UNSUPPORTED_FORMAT: "STORE_TOO_NEW",
  STORE_WRITER_FAILED: "STORE_FAILED",
  VECTOR_BAD_COMPONENT: "INVALID_ARGUMENT",
  VECTOR_LENGTH_MISMATCH: "INVALID_ARGUMENT",
};
