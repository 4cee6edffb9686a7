import type { BytePath } from "../byte-path.ts";
import type { KnownContent, NewContent } from "../db/contents-table.ts";
import type { Catalog } from "../db/open-catalog.ts";
import type { Fingerprint } from "../fingerprint.ts";
import type { Vectors } from "../vectors.ts";

/** What became of a file that was read. */
export interface FileOutcome {
  readonly directory: BytePath;
  readonly name: BytePath;
  readonly fingerprint: Fingerprint;
  readonly contentId: number | null;
  readonly error: string | null;
}

/** A commit after so many files or milliseconds, whichever comes first: what a kill -9 can lose at most. */
const filesPerCommit = 512;
const msPerCommit = 2000;

/**
 * Collects results and commits them in the order that heals itself: first the vectors (durable in the store), then, in
 * one transaction, the catalog rows that refer to them. A crash in between leaves vectors without rows, which the next
 * run removes; never a row that promises a vector that is not there.
 */
export class BatchWriter {
  readonly #catalog: Catalog;
  readonly #vectors: Vectors;
  #contents: NewContent[] = [];
  #encoded: { id: number; vector: Float32Array }[] = [];
  #files: FileOutcome[] = [];
  readonly #unsaved = new Map<string, KnownContent>();
  #lastCommit = performance.now();
  #flushing: Promise<void> = Promise.resolve();

  constructor(catalog: Catalog, vectors: Vectors) {
    this.#catalog = catalog;
    this.#vectors = vectors;
  }

  /** The content with this key if it was added and is not in the catalog yet. */
  unsaved(key: string): KnownContent | undefined {
    return this.#unsaved.get(key);
  }

  /** Adds a new content, with its vector unless it has an error. */
  addContent(content: NewContent, vector: Float32Array | undefined): KnownContent {
    const reference = { id: content.id, error: content.error ?? null };
    this.#contents.push(content);
    if (vector !== undefined) this.#encoded.push({ id: content.id, vector });
    this.#unsaved.set(contentKey(content.hash), reference);
    return reference;
  }

  addFile(file: FileOutcome): void {
    this.#files.push(file);
  }

  get isDue(): boolean {
    return this.#files.length >= filesPerCommit || performance.now() - this.#lastCommit >= msPerCommit;
  }

  /** Commits what was added so far. Flushes run one after the other; a failed one fails all later ones. */
  flush(): Promise<void> {
    this.#lastCommit = performance.now();
    this.#flushing = this.#flushing.then(() => this.#commit());
    return this.#flushing;
  }

  async #commit(): Promise<void> {
    const [contents, encoded, files] = [this.#contents, this.#encoded, this.#files];
    [this.#contents, this.#encoded, this.#files] = [[], [], []];
    const first = encoded[0];
    if (first !== undefined) {
      const dims = first.vector.length;
      const rows = new Float32Array(encoded.length * dims);
      for (const [index, { vector }] of encoded.entries()) rows.set(vector, index * dims);
      await this.#vectors.append(
        encoded.map(({ id }) => id),
        rows,
      );
    }
    if (contents.length + files.length > 0) {
      this.#catalog.transaction(() => {
        const { metadata: table } = this.#catalog;
        for (const { metadata, ...content } of contents) {
          this.#catalog.contents.insert(content);
          // One that is encoded again is described, and by its sidecars, too.
          if (metadata !== undefined && !table.isDescribed(content.id)) table.describe(content.id, metadata);
        }
        for (const file of files) {
          this.#catalog.files.put({ ...file, directoryId: this.#catalog.directories.findOrInsert(file.directory) });
        }
      });
    }
    for (const content of contents) this.#unsaved.delete(contentKey(content.hash));
  }
}

/** A content hash as a Map key: hexadecimal. */
export function contentKey(hash: Uint8Array): string {
  return Buffer.from(hash).toString("hex");
}
