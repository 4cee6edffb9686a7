import type { Hash } from "node:crypto";
import { type FileHandle, open, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { contentHash, updateFromFile } from "./content-digest.ts";
import type { RemoteFile } from "./list-repository.ts";

/** What `NAME.part.json` says of `NAME.part`: which content it is to become, and by which mark the server knows it. */
interface PartNote {
  readonly digest: string;
  readonly etag: string | null;
}

/** The beginning of a file that is being downloaded: `TARGET.part`, hashed while it grows, renamed when it is whole. */
export class PartFile {
  readonly #target: string;
  readonly #file: RemoteFile;
  #hash: Hash;
  #handle: FileHandle | undefined;
  #present = 0;
  #etag: string | null = null;

  private constructor(target: string, file: RemoteFile) {
    this.#target = target;
    this.#file = file;
    this.#hash = contentHash(file);
  }

  /**
   * Takes up what an earlier process left, however it ended, if it is the beginning of the same content. The hash that
   * process had is gone: what is there is read once.
   */
  static async resume(target: string, file: RemoteFile): Promise<PartFile> {
    const part = new PartFile(target, file);
    const stats = await stat(part.path).catch(() => undefined);
    const note = await readFile(part.#notePath, "utf8")
      .then(
        (text) => JSON.parse(text) as Partial<PartNote> | null,
        () => undefined,
      )
      .catch(() => undefined);
    if (stats?.isFile() === true && note?.digest === file.digest.hex && stats.size <= file.bytes) {
      await updateFromFile(part.#hash, part.path, stats.size);
      part.#present = stats.size;
      part.#etag = typeof note.etag === "string" ? note.etag : null;
    }
    return part;
  }

  get path(): string {
    return `${this.#target}.part`;
  }

  get #notePath(): string {
    return `${this.#target}.part.json`;
  }

  /** Bytes that are there. */
  get present(): number {
    return this.#present;
  }

  /** The server's mark of what is there, if it says that equal marks mean equal bytes (RFC 9110, 13.1.5). */
  get strongEtag(): string | undefined {
    return this.#etag?.startsWith('"') === true ? this.#etag : undefined;
  }

  /** Forgets what is there, for content that the server knows by `etag`. */
  async restart(etag: string | null): Promise<void> {
    await this.close();
    await rm(this.path, { force: true, recursive: true });
    this.#present = 0;
    this.#hash = contentHash(this.#file);
    this.#etag = etag;
    const note: PartNote = { digest: this.#file.digest.hex, etag };
    await writeFile(this.#notePath, JSON.stringify(note));
  }

  async append(chunk: Uint8Array): Promise<void> {
    this.#handle ??= await open(this.path, "a");
    await this.#handle.writeFile(chunk);
    this.#hash.update(chunk);
    this.#present += chunk.length;
  }

  async close(): Promise<void> {
    const handle = this.#handle;
    this.#handle = undefined;
    await handle?.close();
  }

  /** Gives the file its name if its content is right; else returns the digest found, and forgets what is there. */
  async finish(): Promise<string | undefined> {
    const found = this.#hash.digest("hex");
    if (found !== this.#file.digest.hex) {
      await this.restart(null);
      return found;
    }
    this.#handle ??= await open(this.path, "a");
    await this.#handle.sync();
    await this.close();
    await rename(this.path, this.#target);
    await rm(this.#notePath, { force: true });
    return undefined;
  }
}
