import { isAbsolute } from "node:path";
import type { BytePath } from "../byte-path.ts";
import type { Fingerprint } from "../fingerprint.ts";
import type { PhotoOnDisk, PhotosOnDisk } from "./photos-on-disk.ts";
import type { RclipRow } from "./rclip-database.ts";
import type { LeftOut } from "./rclip-import-event.ts";

/** A row of rclip's index that is left to the next index run. */
export interface RowLeftOut {
  readonly path: BytePath;
  readonly why: LeftOut;
  readonly reason: string;
}

/** The photo that a row is about, if it is as rclip has seen it; else why the row is left out. */
export function photoOfRow(row: RclipRow, photos: PhotosOnDisk): PhotoOnDisk | RowLeftOut {
  const { path, isDeleted, flaw } = row;
  if (isDeleted) return { path, why: "deleted", reason: "rclip did not find it any more" };
  if (flaw !== undefined) return { path, why: "malformed", reason: flaw };
  if (!isAbsolute(path)) return { path, why: "malformed", reason: "its path is not absolute" };
  const photo = photos.at(path);
  return "why" in photo ? { path, ...photo } : (changeSince(row, photo.fingerprint) ?? photo);
}

/** Seconds by which a time may be off: a float64 of seconds since 1970 is exact to a quarter of a microsecond. */
const timeTolerance = 1e-6;

/** How a file differs from what rclip has seen; undefined if its vector is of these very bytes, as far as one can tell. */
export function changeSince(row: RclipRow, { bytes, mtimeNs }: Fingerprint): RowLeftOut | undefined {
  const changed = (reason: string): RowLeftOut => ({ path: row.path, why: "changed", reason });
  if (Number(bytes) !== row.bytes) return changed(`has ${bytes} bytes now, had ${row.bytes} when rclip read it`);
  const seconds = Number(mtimeNs) / 1e9;
  if (Math.abs(seconds - row.modifiedAt) <= timeTolerance) return undefined;
  return changed(`modified ${timeOf(seconds)}; rclip read it as of ${timeOf(row.modifiedAt)}`);
}

function timeOf(seconds: number): string {
  const date = new Date(seconds * 1000);
  return Number.isNaN(date.getTime()) ? `at second ${seconds}` : date.toISOString();
}
