import { closeSync, openSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { Oracle } from "./answers.ts";
import { ClipLike, dims } from "./data.ts";
import { type SearchHits, VectorStore } from "./store.ts";

/** Rows of a segment after compaction: the store's default. */
export const segmentRows = 262_144;
/** Rows per append; a whole number of them fills a segment. */
const batchRows = 16_384;
/** Queries whose scores the oracle has. */
const exactQueries = 4;
/** Queries of a dataset. */
export const queryCount = 32;

/** A store of synthetic vectors in one shard, their ids counting up from 0. */
export interface Dataset {
  /** The store's directory. */
  readonly directory: string;
  readonly rows: number;
  /** What the vectors are. */
  readonly label: string;
  /** The same vectors in float32, row after row; only where peers need them. */
  readonly rawFile: string | undefined;
  /** `queryCount` of them, one after the other; also as a file for peers. */
  readonly queries: Float32Array;
  readonly queriesFile: string;
  readonly oracle: Oracle;
  /** Milliseconds that the appends took, durability and sealing included. */
  readonly appendMs: number;
}

/** Makes a dataset in an existing empty directory. */
export async function makeDataset(directory: string, rows: number, options: { raw: boolean }): Promise<Dataset> {
  const source = new ClipLike(rows);
  const queries = source.queries(queryCount);
  const queriesFile = join(directory, "queries.f32");
  writeFileSync(queriesFile, queries);
  const oracle = new Oracle(queries, exactQueries, rows);
  const rawFile = options.raw ? join(directory, "rows.f32") : undefined;
  const raw = rawFile === undefined ? undefined : openSync(rawFile, "w");
  const storeDirectory = join(directory, "store");
  const store = VectorStore.open(storeDirectory, { dims, write: true, segmentRows });
  let appendMs = 0;
  for (let first = 0; first < rows; first += batchRows) {
    const batch = source.rows(Math.min(batchRows, rows - first));
    oracle.add(batch);
    if (raw !== undefined) writeSync(raw, batch);
    const started = performance.now();
    await store.append(countingIds(first, batch.length / dims), batch);
    // So that no segment is a small one: this is how a compacted store looks.
    if ((first + batchRows) % segmentRows === 0) await store.seal();
    appendMs += performance.now() - started;
  }
  await store.seal();
  await store.compact();
  store.close();
  if (raw !== undefined) closeSync(raw);
  return { directory: storeDirectory, rows, label: source.label, rawFile, queries, queriesFile, oracle, appendMs };
}

/** `count` ids from `first` on. */
export function countingIds(first: number, count: number): Float64Array {
  return Float64Array.from({ length: count }, (_, at) => first + at);
}

/** One of a dataset's queries. */
export function query(data: Dataset, number: number): Float32Array {
  return data.queries.subarray(number * dims, (number + 1) * dims);
}

/** Opens a dataset's store for reading. */
export function openStore(data: Dataset, threads: number): VectorStore {
  return VectorStore.open(data.directory, { dims, write: false, threads });
}

/** Asserts that a store finds what float64 products of the original vectors say, within the rounding to 16 bits. */
export async function assertRight(data: Dataset, store: VectorStore, k: number): Promise<void> {
  for (let at = 0; at < data.oracle.count; at++) {
    const [answer] = await store.search(query(data, at), k);
    data.oracle.assertRight("the store", answer as SearchHits, at, k);
  }
}

/** What was asked, of how much, with what. */
export function subjectOf(what: string, data: Dataset, store: VectorStore): string {
  const { kernel, threads } = store.stats();
  return `${what} of ${data.rows} × ${dims}, ${kernel}, ${threads === 1 ? "one thread" : `${threads} threads`}`;
}
