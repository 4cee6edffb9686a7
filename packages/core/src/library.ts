import { existsSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { type Catalog, openCatalog } from "./db/open-catalog.ts";
import type { QueryVector } from "./db/query-vectors-table.ts";
import { ClipfindError } from "./errors.ts";
import type { RclipImportEvent, RclipImportOptions } from "./import/import-rclip.ts";
import type { IndexEvent } from "./indexing/index-event.ts";
import type { IndexOptions } from "./index-options.ts";
import { KeptTextEncoder } from "./kept-text-encoder.ts";
import { modelToSearch, storeDirectory } from "./library-model.ts";
import { type LibraryStatus, libraryStatus, warningsOf } from "./library-status.ts";
import { miniFingerprint } from "./models/mini-model.ts";
import type { Model } from "./models/open-model.ts";
import { type SearchOptions, type SearchResult, cutoffOf, limitOf } from "./search-options.ts";
import type { Query } from "./query/query.ts";
import { queryOfPhotos, readQuery } from "./search/read-query.ts";
import { runQuery } from "./search/run-query.ts";
import type { Garbage, GcOptions } from "./upkeep/collect-garbage.ts";
import type { MergeEvent, MergeOptions } from "./upkeep/merge-into.ts";
import type { LibraryRepair } from "./upkeep/repair-vectors.ts";
import type { LibraryVerification } from "./upkeep/verify-library.ts";
import { Vectors } from "./vectors.ts";

export interface LibraryOptions {
  /**
   * A model directory (docs/models.md). Without one the library uses the model it was indexed with, and for its first
   * index run the mini model that ships with clipfind, which knows drawings and no photographs. A library may be indexed
   * with several models, one after the other; each has its own vectors.
   */
  readonly model?: string | undefined;
  /** Fail with LIBRARY_NOT_FOUND instead of creating a library that is not there. */
  readonly mustExist?: boolean | undefined;
  /**
   * Encode texts on the calling thread, which that blocks for some tens of milliseconds: sooner than a thread of their
   * own has started, and right for a process that asks one question and ends: the model is let go before the search.
   */
  readonly inThisThread?: boolean | undefined;
}

/**
 * A library: folders of photos, what is known of them, and their vectors. What a text query does not need is loaded
 * with the first call that does.
 */
export class Library implements AsyncDisposable {
  readonly directory: string;
  readonly #catalog: Catalog;
  readonly #modelDirectory: string | undefined;
  #reader: { readonly directory: string; readonly vectors: Vectors } | undefined;
  readonly #textEncoder: KeptTextEncoder;
  #closed = false;

  private constructor(directory: string, catalog: Catalog, { model, inThisThread = false }: LibraryOptions) {
    this.directory = directory;
    this.#catalog = catalog;
    this.#modelDirectory = model;
    this.#textEncoder = new KeptTextEncoder(inThisThread);
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
      this.#textEncoder.warmUp(this.#openModel());
    } catch {
      // Nothing is lost.
    }
  }

  async #run(query: Query, options: SearchOptions): Promise<SearchResult> {
    const reader = this.#openReader();
    reader.refresh();
    const fingerprint = this.#fingerprint();
    const means = {
      library: this.directory,
      fingerprint,
      catalog: this.#catalog,
      reader,
      encodeText: (text: string) => this.#encodeText(fingerprint, text),
      textsEncoded: () => this.#textEncoder.allEncoded(),
      model: () => this.#openModel(),
    };
    return { ...(await runQuery(means, query, options)), warnings: warningsOf(reader) };
  }

  /** What the library holds. Costs a pass over the catalog, none over the photos. */
  status(): LibraryStatus {
    this.#assertOpen();
    const row = this.#catalog.models.current();
    const hasVectors = row !== undefined && existsSync(this.#vectorsDirectory(row.fingerprint));
    const reader = hasVectors ? this.#openReader() : undefined;
    reader?.refresh();
    return libraryStatus(this.directory, this.#catalog, reader);
  }

  /**
   * Checks the catalog, every byte of the vectors, and that each photo has its vector. Changes nothing, reads no
   * photos, works for vectors that do not open, and while another process indexes.
   * @throws ClipfindError ABORTED, STORE_TOO_NEW, STORE_FAILED, PERMISSION_DENIED; damage is the result, no error
   */
  async verify(options: { readonly signal?: AbortSignal | undefined } = {}): Promise<LibraryVerification> {
    this.#assertOpen();
    const storeOf = (fingerprint: string): string => this.#vectorsDirectory(fingerprint);
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
    const { directory, dims } = this.#indexedVectors();
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
    const vectors = this.#indexedVectors();
    const { collectGarbage } = await import("./upkeep/collect-garbage.ts");
    return collectGarbage(this.#catalog, vectors, options);
  }

  /** Releases threads, files and the database. May be called twice. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#reader?.vectors.close();
    await this.#textEncoder.close();
    this.#catalog.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #assertOpen(): void {
    if (this.#closed) throw new ClipfindError("CLOSED", "This library was closed", { hint: "Open it again." });
  }

  /** True when the library's vectors are, or would be, of the mini model, which knows drawings and no photographs. */
  get usesMiniModel(): boolean {
    this.#assertOpen();
    const row = this.#catalog.models.current();
    if (row !== undefined) return row.fingerprint === miniFingerprint;
    return this.#modelDirectory === undefined;
  }

  /** The model given, else the one the library was indexed with, else the mini model. */
  #openModel(): Model {
    return modelToSearch(this.#catalog.models, this.#modelDirectory);
  }

  #vectorsDirectory(fingerprint: string): string {
    return storeDirectory(this.directory, fingerprint);
  }

  /** Where the vectors are, and how long. */
  #indexedVectors(): { directory: string; dims: number } {
    const { models } = this.#catalog;
    const row =
      this.#modelDirectory === undefined ? models.current() : models.byFingerprint(this.#openModel().fingerprint);
    const directory = row && this.#vectorsDirectory(row.fingerprint);
    if (row === undefined || directory === undefined || statSync(directory, { throwIfNoEntry: false }) === undefined) {
      throw new ClipfindError("LIBRARY_NOT_FOUND", `Nothing is indexed in ${this.directory} yet`, {
        hint: "Index some photos first: `clipfind index DIR`.",
      });
    }
    return { directory, dims: row.dims };
  }

  #openReader(): Vectors {
    const { directory, dims } = this.#indexedVectors();
    if (this.#reader?.directory === directory) return this.#reader.vectors;
    // Another model has become the one searched.
    this.#reader?.vectors.close();
    this.#reader = undefined;
    const vectors = Vectors.open(directory, { dims, write: false });
    this.#reader = { directory, vectors };
    return vectors;
  }

  /** That of the model that is searched; the library's own need not be opened for it. */
  #fingerprint(): string {
    const current = this.#modelDirectory === undefined ? this.#catalog.models.current() : undefined;
    return (current ?? this.#openModel()).fingerprint;
  }

  /** The vector of a text by the model that is searched; those asked for last are known without opening it. */
  async #encodeText(fingerprint: string, text: string): Promise<QueryVector> {
    const { queryVectors } = this.#catalog;
    const known = queryVectors.get(fingerprint, text);
    if (known !== undefined) return known;
    const query = await this.#textEncoder.encode(this.#openModel(), text);
    queryVectors.put(fingerprint, text, query);
    return query;
  }
}
