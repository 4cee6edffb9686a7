import type { Stats } from "node:fs";
import { stat } from "node:fs/promises";
import { sep } from "node:path";
import { type BytePath, bytePathToBuffer, bytePathToText } from "../byte-path.ts";
import type { Catalog } from "../db/open-catalog.ts";
import type { VectorHit, Vectors } from "../vectors.ts";

/** A photo found. */
export interface Hit {
  /** Absolute path. Bytes that are not UTF-8 show as U+FFFD; `pathBytes` has the real ones. */
  readonly path: string;
  readonly pathBytes: Buffer;
  /** Cosine of the angle between query and photo, -1 to 1. Comparable within one model only. */
  readonly score: number;
  /** How likely it is, 0 to 1, that the photo is what was asked for (docs/relevance.md); undefined where it cannot be told. */
  readonly confidence?: number | undefined;
  /** Further paths of files with the very same content. */
  readonly copies: readonly string[];
}

/**
 * The `limit` photos nearest to `query` (float32, dims, unit length), best first. Equal scores keep the order
 * in which their contents were first indexed. The content `except` is left out, and so are files that are not there any
 * more, whether an index run has noticed or not.
 */
export async function searchPhotos(
  catalog: Catalog,
  vectors: Vectors,
  query: Float32Array,
  limit: number,
  { except, signal }: { except?: number | undefined; signal?: AbortSignal | undefined } = {},
): Promise<Hit[]> {
  const disk = new Disk();
  // Contents whose files are all missing keep their vectors, so that they come back for free. They are few; asking for
  // more until enough present ones are there gives the same answer as leaving them out beforehand.
  for (let wanted = limit + (except === undefined ? 0 : 1); ; wanted *= 4) {
    // Each round depends on the one before.
    const { hits: found } = await vectors.search(query, wanted, { signal });
    const others = found.filter(({ id }) => id !== except);
    const hits = await presentHits(catalog, others, limit, disk);
    if (hits.length === limit || found.length < wanted) return hits;
  }
}

/** At a time: a search asks the disk about as many files as it returns, and a few more. */
const contentsAtOnce = 64;

async function presentHits(catalog: Catalog, found: readonly VectorHit[], limit: number, disk: Disk): Promise<Hit[]> {
  const hits: Hit[] = [];
  for (let at = 0; at < found.length && hits.length < limit;) {
    const some = found.slice(at, at + Math.min(limit - hits.length, contentsAtOnce));
    at += some.length;
    const checked = some.map(async ({ id, score }) => {
      const [path, ...copies] = await disk.present(catalog.files.presentPaths(id));
      return path === undefined ? [] : [hit(path, copies, score)];
    });
    hits.push(...(await Promise.all(checked)).flat());
  }
  return hits;
}

/** What is there, during one search. */
class Disk {
  /** Asked only when a file is not there: a drive that is not mounted is not asked for each of its files. */
  readonly #directories = new Map<string, boolean>();

  /** Those of the paths at which there is a file. */
  async present(paths: readonly BytePath[]): Promise<BytePath[]> {
    const are = await Promise.all(paths.map((path) => this.#isFile(path)));
    return paths.filter((_, index) => are[index]);
  }

  async #isFile(path: BytePath): Promise<boolean> {
    const directory = path.slice(0, path.lastIndexOf(sep) + 1);
    if (this.#directories.get(directory) === false) return false;
    if ((await kindOf(path))?.isFile() === true) return true;
    if (!this.#directories.has(directory)) {
      this.#directories.set(directory, (await kindOf(directory as BytePath))?.isDirectory() === true);
    }
    return false;
  }
}

async function kindOf(path: BytePath): Promise<Stats | undefined> {
  try {
    return await stat(bytePathToBuffer(path));
  } catch {
    return undefined;
  }
}

function hit(path: BytePath, copies: readonly BytePath[], score: number): Hit {
  return { path: bytePathToText(path), pathBytes: bytePathToBuffer(path), score, copies: copies.map(bytePathToText) };
}
