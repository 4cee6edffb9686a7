import { VectorStore } from "@clipfind/native";
import { ClipfindError, type ErrorCode } from "./errors.ts";

/** Numbers about a vector store. */
export interface VectorStats {
  readonly dims: number;
  readonly shards: number;
  readonly segments: number;
  /** Vectors a search can find. */
  readonly live: number;
  /** Vectors deleted or replaced, still on disk. */
  readonly deleted: number;
  readonly bytes: number;
  /** Number of the newest manifest this handle has seen; each commit adds one. */
  readonly manifest: number;
  /** Which SIMD kernel scores: scalar, avx2, avx512 or neon. */
  readonly kernel: string;
}

/** One vector found: the content id it was stored under and its dot product with the query. */
export interface VectorHit {
  readonly id: number;
  readonly score: number;
}

export interface VectorsOptions {
  readonly dims: number;
  /** Number of shards of a new store; must match an existing one when given. */
  readonly shards?: number | undefined;
  /** true takes the writer lock (one per store) and creates a missing store; false only reads. */
  readonly write: boolean;
  /** Threads of the scan, one per core unless given. */
  readonly threads?: number | undefined;
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
   * @throws ClipfindError LIBRARY_LOCKED (another writer), MODEL_MISMATCH (dims), SHARDS_MISMATCH, STORE_DAMAGED,
   *   STORE_TOO_NEW, STORE_FAILED
   */
  static open(directory: string, options: VectorsOptions): Vectors {
    return translated(() => new Vectors(VectorStore.open(directory, withoutUndefined(options))));
  }

  /**
   * Stores `rows` (float32, ids.length × dims, row after row) under `ids`, durably: when the promise resolves a crash
   * loses none of them. A vector already stored under an id is replaced.
   */
  async append(ids: readonly number[], rows: Float32Array): Promise<void> {
    await translatedAsync(() => this.#store.append(toIds(ids), rows));
  }

  /** Deletes the vectors of `ids`, ignoring unknown ones. Resolves to how many there were. */
  async delete(ids: readonly number[]): Promise<number> {
    return translatedAsync(() => this.#store.delete(toIds(ids)));
  }

  /**
   * The `k` vectors with the largest dot product with `query` (float32, dims), best first, equal scores by ascending
   * id; fewer when the store has fewer. `among` restricts the search to these ids beforehand.
   */
  async search(query: Float32Array, k: number, among?: readonly number[]): Promise<VectorHit[]> {
    const { ids, scores } = await translatedAsync(() => this.#store.search(query, k, among && toIds(among)));
    return Array.from(ids, (id, rank) => ({ id: Number(id), score: scores[rank] as number }));
  }

  /** Takes in what other handles and processes have committed since. True when there was something. */
  refresh(): boolean {
    return translated(() => this.#store.refresh());
  }

  /** The vector stored under `id` (float32, dims), undefined when there is none. */
  vector(id: number): Float32Array | undefined {
    return translated(() => this.#store.vector(BigInt(id)) ?? undefined);
  }

  /** All ids that have a vector, ascending. */
  ids(): number[] {
    return translated(() => Array.from(this.#store.ids(), Number));
  }

  /** Commits that were passed over because their files are damaged, a sentence each; the one before them is shown. */
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

function toIds(ids: readonly number[]): BigUint64Array {
  return BigUint64Array.from(ids, (id) => {
    if (!Number.isSafeInteger(id) || id < 0) {
      throw new ClipfindError("INVALID_ARGUMENT", `Expected ids to be integers from 0 to 2^53 - 1, found ${id}`);
    }
    return BigInt(id);
  });
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
  return new ClipfindError(meaning, message as string, { cause: error });
}

/** The store's codes (crates/store/src/error.rs, crates/kernels/src/lib.rs) and what they are to a user of the library. */
const meanings: Readonly<Record<string, ErrorCode>> = {
  CLOSED: "CLOSED",
  INVALID_ARGUMENT: "INVALID_ARGUMENT",
  ID_DUPLICATE: "INVALID_ARGUMENT",
  ID_TOO_LARGE: "INVALID_ARGUMENT",
  KERNEL_UNAVAILABLE: "INVALID_ARGUMENT",
  KERNEL_UNKNOWN: "INVALID_ARGUMENT",
  QUERY_LENGTH_MISMATCH: "INVALID_ARGUMENT",
  STORE_DAMAGED: "STORE_DAMAGED",
  STORE_DIMENSION_MISMATCH: "MODEL_MISMATCH",
  STORE_DISK_FULL: "DISK_FULL",
  STORE_INVALID_OPTIONS: "INVALID_ARGUMENT",
  STORE_IO: "STORE_FAILED",
  STORE_LOCKED: "LIBRARY_LOCKED",
  STORE_NOT_A_STORE: "STORE_DAMAGED",
  STORE_NOT_FOUND: "LIBRARY_NOT_FOUND",
  STORE_PERMISSION_DENIED: "PERMISSION_DENIED",
  STORE_SHARD_MISMATCH: "SHARDS_MISMATCH",
  STORE_THREADS: "STORE_FAILED",
  STORE_UNSUPPORTED_FORMAT: "STORE_TOO_NEW",
  STORE_WRITER_FAILED: "STORE_FAILED",
  VECTOR_BAD_COMPONENT: "INVALID_ARGUMENT",
  VECTOR_LENGTH_MISMATCH: "INVALID_ARGUMENT",
};
