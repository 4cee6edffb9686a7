import { isWithin, joinBytePath } from "../byte-path.ts";
import type { Catalog } from "../db/open-catalog.ts";
import type { UndescribedContent } from "../db/metadata-table.ts";
import type { RootRow } from "../db/roots-table.ts";
import { sameFingerprint } from "../fingerprint.ts";
import type { PhotoReader } from "../photos/photo-reader.ts";
import type { ProgressFeed } from "./progress-feed.ts";
import { refineContents } from "./refine-contents.ts";

export interface DescribeKnownOptions {
  readonly catalog: Catalog;
  readonly reader: PhotoReader;
  /** Only photos in these folders are read: others may be on a drive that is not there. */
  readonly roots: readonly RootRow[];
  readonly feed: ProgressFeed;
  readonly signal: AbortSignal;
}

/** Contents to a commit. */
const contentsPerBatch = 64;

/**
 * Reads what photos say of themselves that were indexed by a version that did not: nothing is decoded or encoded. What a
 * run does not get done the next one goes on with; so with photos that cannot be read now, or have changed.
 * @throws ProcessLost where a photo cannot be read in any time; DISK_FULL
 */
export async function describeKnown({ catalog, reader, roots, feed, signal }: DescribeKnownOptions): Promise<void> {
  const { metadata } = catalog;
  const waiting = metadata.undescribed();
  if (waiting === 0) return;
  feed.add({ toDescribe: waiting });
  for (let last = 0; !signal.aborted;) {
    const found = metadata.undescribedAfter(last, contentsPerBatch);
    const end = found.at(-1);
    if (end === undefined) return;
    last = end.id;
    const here = new Map<number, UndescribedContent>();
    for (const file of found) {
      if (!here.has(file.id) && roots.some(({ path }) => isWithin(file.directory, path))) here.set(file.id, file);
    }
    const files = [...here.values()];
    const answers =
      files.length === 0
        ? []
        : await reader.describe(files.map(({ directory, name }) => joinBytePath(directory, name)));
    let described = 0;
    catalog.transaction(() => {
      for (const [at, answer] of answers.entries()) {
        const file = files[at]!;
        if (typeof answer === "string" || !sameFingerprint(answer.fingerprint, file.fingerprint)) continue;
        metadata.describe(file.id, answer.metadata);
        refineContents(catalog, [file.id]);
        described++;
      }
    });
    feed.add({ described, toDescribe: described - new Set(found.map(({ id }) => id)).size });
  }
}
