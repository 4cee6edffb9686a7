import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { bytePathToText } from "./byte-path.ts";
import { type Catalog, openCatalog } from "./db/open-catalog.ts";
import { ClipfindError } from "./errors.ts";
import type { ExportOptions, ExportReport } from "./export/export-library.ts";
import type { Freshness, FreshnessOptions } from "./freshness.ts";
import type { RclipImportEvent, RclipImportOptions } from "./import/import-rclip.ts";
import type { IndexEvent } from "./indexing/index-event.ts";
import type { IndexOptions } from "./index-options.ts";
import { storeDirectory } from "./library-model.ts";
import type { LibraryOptions } from "./library-options.ts";
import { type LibraryStatus, libraryStatus, warningsOf } from "./library-status.ts";
import { miniFingerprint } from "./models/mini-model.ts";
import { type SearchOptions, type SearchResult, cutoffOf, limitOf } from "./search-options.ts";
import type { Query } from "./query/query.ts";
import { SearchedVectors } from "./searched-vectors.ts";
import { queryOfPhotos, readQuery } from "./search/read-query.ts";
import { runQuery } from "./search/run-query.ts";
import type { Garbage, GcOptions } from "./upkeep/collect-garbage.ts";
import type { Compaction } from "./upkeep/compact-library.ts";
import type { FolderMove } from "./upkeep/move-folder.ts";
import type { MergeEvent, MergeOptions } from "./upkeep/merge-into.ts";
import type { LibraryMove, MoveOptions } from "./upkeep/move-library.ts";
import type { LibraryRepair } from "./upkeep/repair-vectors.ts";
import type { LibraryVerification } from "./upkeep/verify-library.ts";
import { TextQueries } from "./text-queries.ts";

export type { LibraryOptions } from "./library-options.ts";

/**
 * A library: folders of photos, what is known of them, and their vectors. What a text query does not need is loaded
 * with the first call that does.
 */
export class Library implements AsyncDisposable {
  readonly directory: string;
  readonly #catalog: Catalog;
  readonly #modelDirectory: string | undefined;
  readonly #vectors: SearchedVectors;
  readonly #texts: TextQueries;
  #closed = false;

  private constructor(directory: string, catalog: Catalog, { model, inThisThread = false }: LibraryOptions) {
    this.directory = directory;
    this.#catalog = catalog;
    this.#modelDirectory = model;
    this.#vectors = new SearchedVectors(directory, catalog, model);
    this.#texts = new TextQueries(catalog.queryVectors, () => this.#vectors.openModel(), inThisThread);
  }

  /**
   * Opens the library in `directory`, creating it if need be.
   * @throws ClipfindError LIBRARY_NOT_FOUND, NOT_A_DIRECTORY, CATALOG_DAMAGED, CATALOG_TOO_NEW, PERMISSION_DENIED
   */
  static open(directory: string, options: LibraryOptions = {}): Library {
    const path = resolve(directory);
    if (options.mustExist === true && !existsSync(join(path, "catalog.db"))) {
      throw new ClipfindError("LIBRARY_NOT_FOUND", `There is no library in ${path} yet`, {
        hint: "Make one with `clipfind index DIR --model MODEL_DIR`, or name another with --library.",
      });
    }
    return new Library(path, openCatalog(path), options);
  }

  /** Moves a library that is not open to another directory, as upkeep/move-library.ts says; throws what that throws. */
  static async move(from: string, to: string, options: MoveOptions = {}): Promise<LibraryMove> {
    const { moveLibrary } = await import("./upkeep/move-library.ts");
    return moveLibrary(from, to, options);
  }

  /**
   * Indexes the photos in `directories` and below; without any, the directories indexed before. Only what is new or
   * changed is read; each batch is committed, so a run that was stopped or killed goes on where it stopped.
   *
   * Vectors that do not open because they are damaged are repaired first, which is told by the event "repaired"; what
   * is lost is encoded again from the photos.
   * Another model than the one before encodes every photo again, into vectors of its own; those before are searched
   * until a run with the new one has come to its end. Of a model in two precisions, int8 is used only if it agrees with
   * fp32 on the first photos, which are encoded with both.
   * @throws ClipfindError (from the iterator) NOT_A_DIRECTORY, LIBRARY_LOCKED, MODEL_*, INVALID_ARGUMENT, ABORTED,
   *   DISK_FULL, SHARD_MISSING, STORE_*
   */
  async *index(
    directories: readonly string[] = [],
    options: IndexOptions = {},
  ): AsyncGenerator<IndexEvent, void, void> {
    this.#assertOpen();
    const at = { library: this.directory, catalog: this.#catalog, modelDirectory: this.#modelDirectory };
    const { indexLibrary } = await import("./index-library.ts");
    yield* indexLibrary(at, directories, options);
  }

  /**
   * Takes in all that the libraries in the directories `paths` hold, without encoding anything; they are only read. Of
   * one file in several, the entry counts that fits it as it is now, else the newer. May be repeated when it was killed.
   * @throws ClipfindError (from the iterator) INVALID_ARGUMENT, LIBRARY_NOT_FOUND, MODEL_MISMATCH (libraries of several
   *   models), LIBRARY_LOCKED, ABORTED, DISK_FULL, SHARD_MISSING, CATALOG_*, STORE_*
   */
  async *merge(paths: readonly string[], options: MergeOptions = {}): AsyncGenerator<MergeEvent, void, void> {
    this.#assertOpen();
    const { mergeInto } = await import("./upkeep/merge-into.ts");
    yield* mergeInto(this.directory, this.#catalog, paths, options);
  }

  /** Takes the vectors of rclip's index, the file `path`, as import/import-rclip.ts says; throws what that throws. */
  async *importRclip(path: string, options: RclipImportOptions = {}): AsyncGenerator<RclipImportEvent, void, void> {
    this.#assertOpen();
    const { directory } = this;
    const { importRclip } = await import("./import/import-rclip.ts");
    yield* importRclip({ directory, catalog: this.#catalog, modelDirectory: this.#modelDirectory }, path, options);
  }

  /**
   * The photos that a query asks for (docs/query-language.md), best first; by filters alone, the newest first. A string
   * is a whole line, an array the words of a shell. Pictures in the query need not be indexed; those that are, under
   * whatever name, are not among the results.
   * @throws ClipfindError EMPTY_QUERY, INVALID_QUERY, IMAGE_UNREADABLE, LIBRARY_NOT_FOUND (nothing indexed yet), MODEL_*,
   *   STORE_*, INVALID_ARGUMENT, ABORTED
   */
  async search(query: string | readonly string[], options: SearchOptions = {}): Promise<SearchResult> {
    this.#assertOpen();
    limitOf(options);
    cutoffOf(options);
    return this.#run(readQuery(query, options), options);
  }

  /**
   * The photos that look like the one in the file `photo`, or like several on average, best first; otherwise as search().
   * @throws as search()
   */
  async similar(photo: string | readonly string[], options: SearchOptions = {}): Promise<SearchResult> {
    this.#assertOpen();
    limitOf(options);
    return this.#run(queryOfPhotos(typeof photo === "string" ? [photo] : photo, options), options);
  }

  /**
   * Begins to load what texts need, so that the first search need not wait for it. What is wrong with the model, that
   * search tells.
   */
  warmUp(): void {
    this.#assertOpen();
    try {
      this.#texts.warmUp();
    } catch {
      // Nothing is lost.
    }
  }

  async #run(query: Query, options: SearchOptions): Promise<SearchResult> {
    const reader = this.#vectors.reader();
    const fingerprint = this.#vectors.fingerprint();
    const means = {
      library: this.directory,
      fingerprint,
      catalog: this.#catalog,
      reader,
      encodeText: (text: string) => this.#texts.encode(fingerprint, text),
      textsEncoded: () => this.#texts.allEncoded(),
      model: () => this.#vectors.openModel(),
    };
    return { ...(await runQuery(means, query, options)), warnings: warningsOf(reader) };
  }

  /** What the library holds. Costs a pass over the catalog, none over the photos. */
  status(): LibraryStatus {
    this.#assertOpen();
    const row = this.#catalog.models.current();
    const hasVectors = row !== undefined && existsSync(storeDirectory(this.directory, row.fingerprint));
    return libraryStatus(this.directory, this.#catalog, hasVectors ? this.#vectors.reader() : undefined);
  }

  /**
   * How far the index is behind its folders. Looks into them where that takes no longer than `lookFor` milliseconds, a
   * second unless given, and writes nothing.
   */
  async freshness(options: Omit<FreshnessOptions, "isSettled"> = {}): Promise<Freshness> {
    this.#assertOpen();
    const { models, contents } = this.#catalog;
    const { total, failed } = contents.counts();
    // Another model may be in the making, or vectors be lost: then a run is about more than what has changed.
    const isSettled =
      models.chosen() !== undefined &&
      models.chosen()?.fingerprint === this.#vectors.fingerprint() &&
      this.#vectors.reader().stats().live >= total - failed;
    const { freshnessOf } = await import("./freshness.ts");
    return freshnessOf(this.directory, this.#catalog, { ...options, isSettled });
  }

  /**
   * Checks the catalog, every byte of the vectors, and that each photo has its vector. Changes nothing, reads no
   * photos, works for vectors that do not open, and while another process indexes.
   * @throws ClipfindError ABORTED, STORE_TOO_NEW, STORE_FAILED, PERMISSION_DENIED; damage is the result, no error
   */
  async verify(options: { readonly signal?: AbortSignal | undefined } = {}): Promise<LibraryVerification> {
    this.#assertOpen();
    const storeOf = (fingerprint: string): string => storeDirectory(this.directory, fingerprint);
    const { verifyLibrary } = await import("./upkeep/verify-library.ts");
    return verifyLibrary(this.#catalog, storeOf, options.signal);
  }

  /**
   * Repairs damaged vectors: keeps every one that checks out, and sets damaged files aside. Reads no photos: `index`
   * encodes what is lost again. Changes nothing where nothing is damaged.
   * @throws ClipfindError LIBRARY_NOT_FOUND (nothing indexed yet), LIBRARY_LOCKED, SHARD_MISSING, STORE_DAMAGED (nothing
   *   can be read at all), STORE_TOO_NEW, STORE_FAILED, DISK_FULL, ABORTED; nothing was changed then
   */
  async repair(options: { readonly signal?: AbortSignal | undefined } = {}): Promise<LibraryRepair> {
    this.#assertOpen();
    const { directory, dims } = this.#vectors.place();
    const { repairVectors } = await import("./upkeep/repair-vectors.ts");
    return repairVectors(this.#catalog, directory, dims, options.signal);
  }

  /**
   * Forgets files that have been missing, and contents that no present file has had, for 30 days or `olderThanDays`, with
   * their vectors; or only counts them, unless `apply` is true. What comes back later is encoded again.
   * @throws ClipfindError LIBRARY_NOT_FOUND (nothing indexed yet), LIBRARY_LOCKED, SHARD_MISSING, INVALID_ARGUMENT,
   *   STORE_*, DISK_FULL, ABORTED (only the compaction is unfinished then)
   */
  async gc(options: GcOptions = {}): Promise<Garbage> {
    this.#assertOpen();
    const vectors = this.#vectors.place();
    const { collectGarbage } = await import("./upkeep/collect-garbage.ts");
    return collectGarbage(this.#catalog, vectors, options);
  }

  /** Gives unused space back to the disk, as upkeep/compact-library.ts says; throws what that throws. */
  async compact(options: { readonly signal?: AbortSignal | undefined } = {}): Promise<Compaction> {
    this.#assertOpen();
    const { compactLibrary } = await import("./upkeep/compact-library.ts");
    return compactLibrary(this.directory, this.#catalog, options);
  }

  /** Says where a folder of photos is now, as upkeep/move-folder.ts says; throws what that throws. */
  async moveFolder(from: string, to: string): Promise<FolderMove> {
    this.#assertOpen();
    const { moveFolder } = await import("./upkeep/move-folder.ts");
    return moveFolder(this.directory, this.#catalog, from, to);
  }

  /**
   * Writes photos, all or those asked for, with their vectors into `directory`, as files that other programs read
   * (docs/export.md).
   * @throws ClipfindError LIBRARY_NOT_FOUND (nothing indexed yet), INVALID_ARGUMENT (the directory is there already),
   *   DISK_FULL, PERMISSION_DENIED, STORE_*, ABORTED; with a query also as search()
   */
  async export(directory: string, options: ExportOptions = {}): Promise<ExportReport> {
    this.#assertOpen();
    const [vectors, { model }] = [this.#vectors.reader(), this.#vectors.place()];
    const { exportLibrary } = await import("./export/export-library.ts");
    const search = (query: Query): Promise<SearchResult> => this.#run(query, options);
    return exportLibrary({ catalog: this.#catalog, vectors, model, search }, directory, options);
  }

  /** Releases threads, files and the database. May be called twice. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#vectors[Symbol.dispose]();
    await this.#texts.close();
    this.#catalog.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #assertOpen(): void {
    if (this.#closed) throw new ClipfindError("CLOSED", "This library was closed", { hint: "Open it again." });
  }

  /** The folders that were ever indexed, as texts: absolute, symbolic links resolved. */
  get folders(): string[] {
    this.#assertOpen();
    return this.#catalog.roots.all().map(({ path }) => bytePathToText(path));
  }

  /** Whether an index run has ever chosen a model for it. */
  get wasIndexed(): boolean {
    this.#assertOpen();
    return this.#catalog.models.chosen() !== undefined;
  }

  /** True when the library's vectors are, or would be, of the mini model, which knows drawings and no photographs. */
  get usesMiniModel(): boolean {
    this.#assertOpen();
    const row = this.#catalog.models.current();
    if (row !== undefined) return row.fingerprint === miniFingerprint;
    return this.#modelDirectory === undefined;
  }
}
