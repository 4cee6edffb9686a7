import { setImmediate } from "node:timers/promises";
import type { PhotosOnDisk } from "./photos-on-disk.ts";
import type { RclipDatabase } from "./rclip-database.ts";
import { type RowLeftOut, photoOfRow } from "./photo-of-row.ts";

/** Some rows that were looked at. */
export interface PlannedPage {
  readonly entries: number;
  /** Ids of the rows whose files are as rclip has seen them. */
  readonly same: readonly number[];
  /** Of those, the ones that the library does not know: their files are to be read. */
  readonly toRead: readonly number[];
  readonly leftOut: readonly RowLeftOut[];
}

/**
 * Compares the rows of rclip's index with what is on disk, without reading a file or a vector.
 * @throws ClipfindError IMPORT_SOURCE_UNUSABLE; the signal's reason
 */
export async function* planImport(
  database: RclipDatabase,
  photos: PhotosOnDisk,
  signal: AbortSignal | undefined,
): AsyncGenerator<PlannedPage, void, void> {
  for (let last: number | undefined; ;) {
    const rows = database.rowsAfter(last);
    last = rows.at(-1)?.id;
    if (last === undefined) return;
    const [same, toRead]: [number[], number[]] = [[], []];
    const leftOut: RowLeftOut[] = [];
    for (const row of rows) {
      const photo = photoOfRow(row, photos);
      if ("why" in photo) {
        leftOut.push(photo);
        continue;
      }
      same.push(row.id);
      if (!photo.isKnown) toRead.push(row.id);
    }
    yield { entries: rows.length, same, toRead, leftOut };
    // A page takes long enough for somebody to press Ctrl-C.
    await setImmediate();
    signal?.throwIfAborted();
  }
}
