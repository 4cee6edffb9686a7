import type { ContentRow } from "../db/contents-table.ts";
import type { Catalog } from "../db/open-catalog.ts";
import { ClipfindError } from "../errors.ts";
import { heal } from "../indexing/heal.ts";
import { refineContents } from "../indexing/refine-contents.ts";
import type { Vectors } from "../vectors.ts";
import { mergeFiles } from "./merge-files.ts";
import { mergeSidecars } from "./merge-sidecars.ts";
import type { MergeSource } from "./merge-source.ts";
import type { LibraryRepair } from "./repair-vectors.ts";

/** Where a merge stands. */
export interface MergeProgress {
  /** Libraries that are merged, and those that are done with. */
  readonly libraries: number;
  readonly librariesDone: number;
  /** Contents of photos looked at, and those of them that were new here. */
  readonly contents: number;
  readonly contentsAdded: number;
  /** Contents whose vector was not to be had: the next index run encodes them, as far as their photos are there. */
  readonly contentsLost: number;
  /** Files looked at; those that were new here; those that were known otherwise and are now as the other library says. */
  readonly files: number;
  readonly filesAdded: number;
  readonly filesChanged: number;
}

/** What a merge reports on its way. The last event of a completed one is "done". */
export type MergeEvent =
  | { readonly type: "progress" | "done"; readonly progress: MergeProgress }
  /** The vectors of the library merged into were damaged, and were repaired before. */
  | ({ readonly type: "repaired"; readonly path: string } & LibraryRepair);

export interface MergeOptions {
  readonly signal?: AbortSignal | undefined;
}

/** Contents to a commit. */
const contentsPerCommit = 2048;

/** What a merge works on. */
export interface MergeTarget {
  readonly catalog: Catalog;
  /** Opened for writing. */
  readonly vectors: Vectors;
  readonly signal: AbortSignal | undefined;
}

/**
 * Takes what `sources` hold into another library, without encoding anything: contents by their hash, with their vectors,
 * then folders and files. Each batch is committed, vectors first, as the indexer does it, so that a merge that was
 * killed is completed by another one, and one that is complete writes nothing.
 * @throws ClipfindError ABORTED, DISK_FULL, STORE_*, CATALOG_*
 */
export async function* mergeLibraries(
  target: MergeTarget,
  sources: readonly MergeSource[],
): AsyncGenerator<MergeEvent, void, void> {
  const progress = {
    libraries: sources.length,
    librariesDone: 0,
    contents: 0,
    contentsAdded: 0,
    contentsLost: 0,
    files: 0,
    filesAdded: 0,
    filesChanged: 0,
  };
  const { lost } = await heal(target.catalog, target.vectors, true);
  const count = (more: Partial<MergeProgress>): void => {
    for (const [name, by] of Object.entries(more)) progress[name as keyof MergeProgress] += by;
  };
  for (const source of sources) {
    for await (const more of mergeContents(target, source, lost)) {
      count(more);
      assertGoesOn(target);
      yield { type: "progress", progress: { ...progress } };
    }
    mergeRoots(target.catalog, source.catalog);
    for (const more of mergeFiles(target.catalog, source.catalog)) {
      count(more);
      assertGoesOn(target);
      yield { type: "progress", progress: { ...progress } };
    }
    mergeSidecars(target.catalog, source.catalog);
    count({ librariesDone: 1 });
  }
  yield { type: "done", progress };
}

/** Takes in the contents that are not known yet, or known without a vector. */
async function* mergeContents(
  { catalog, vectors }: MergeTarget,
  source: MergeSource,
  lost: Set<number>,
): AsyncGenerator<Pick<MergeProgress, "contents" | "contentsAdded" | "contentsLost">, void, void> {
  let nextId: number | undefined;
  let left = source.catalog.contents.counts().total;
  for (let last = 0; ;) {
    const rows = source.catalog.contents.after(last, contentsPerCommit);
    const end = rows.at(-1);
    if (end === undefined) return;
    const taken: { row: ContentRow; id: number; vector: Float32Array | undefined }[] = [];
    const described: { id: number; from: number }[] = [];
    let contentsLost = 0;
    for (const row of rows) {
      const known = catalog.contents.byHash(row.hash);
      const isComplete = known !== undefined && known.error === null && !lost.has(known.id);
      if (known !== undefined) described.push({ id: known.id, from: row.id });
      if (isComplete || (known !== undefined && row.error !== null)) continue;
      const vector = row.error === null ? source.vectors.vector(row.id) : undefined;
      if (row.error === null && vector === undefined) {
        contentsLost++;
        continue;
      }
      if (known === undefined && nextId === undefined) {
        const first = catalog.contents.lastId() + 1;
        // Reserved before anything is stored under them: what a killed run has stored is never another photo's.
        catalog.transaction(() => catalog.contents.reserveUpTo(first + left - 1));
        nextId = first;
      }
      const id: number = known?.id ?? (nextId as number);
      taken.push({ row, id, vector });
      if (known !== undefined) continue;
      described.push({ id, from: row.id });
      nextId = id + 1;
    }
    const encoded = taken.filter(({ vector }) => vector !== undefined);
    if (encoded.length > 0) {
      await vectors.append(
        encoded.map(({ id }) => id),
        rowsOf(encoded.map(({ vector }) => vector as Float32Array)),
      );
    }
    if (taken.length > 0) catalog.transaction(() => insert(catalog, taken));
    describe(catalog, source.catalog, described);
    for (const { id } of taken) lost.delete(id);
    last = end.id;
    left -= rows.length;
    yield { contents: rows.length, contentsAdded: taken.length, contentsLost };
  }
}

function insert(catalog: Catalog, taken: readonly { row: ContentRow; id: number }[]): void {
  // Until a file has it; should none get it, it may be forgotten in time.
  const unusedSince = Date.now();
  for (const { row, id } of taken) {
    const { hash, bytes, width, height, format, error } = row;
    catalog.contents.insert({
      id,
      hash,
      bytes,
      unusedSince,
      width: width ?? undefined,
      height: height ?? undefined,
      format: format ?? undefined,
      error: error ?? undefined,
    });
  }
}

/** What photos say of themselves, where only the other library knows it. */
function describe(catalog: Catalog, source: Catalog, pairs: readonly { id: number; from: number }[]): void {
  const some = pairs.filter(({ id, from }) => !catalog.metadata.isDescribed(id) && source.metadata.isDescribed(from));
  if (some.length === 0) return;
  catalog.transaction(() => {
    for (const { id, from } of some) {
      catalog.metadata.describe(id, source.metadata.embedded(from));
      refineContents(catalog, [id]);
    }
  });
}

/** Vectors, one after the other. */
function rowsOf(vectors: readonly Float32Array[]): Float32Array {
  const dims = vectors[0]?.length ?? 0;
  const rows = new Float32Array(vectors.length * dims);
  for (const [index, vector] of vectors.entries()) rows.set(vector, index * dims);
  return rows;
}

/** Folders that are known keep their rules. Whether one is on the disk it was on, each machine finds out itself. */
function mergeRoots(catalog: Catalog, source: Catalog): void {
  const known = new Set(catalog.roots.all().map(({ path }) => path));
  const added = source.roots.all().filter(({ path }) => !known.has(path));
  if (added.length === 0) return;
  catalog.transaction(() => {
    for (const { path, rules } of added) catalog.roots.put(path, rules);
  });
}

function assertGoesOn({ signal }: MergeTarget): void {
  if (signal?.aborted !== true) return;
  throw new ClipfindError("ABORTED", "Merging was stopped; everything merged so far is kept", {
    cause: signal.reason,
    hint: "Run the same command again to go on where it stopped.",
  });
}
