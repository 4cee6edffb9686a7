import { bytePathToBuffer, bytePathToText } from "../byte-path.ts";
import type { ListedFile } from "../db/listing-table.ts";

/** What is exported of a photo, beside its vector. One row per file: copies of a photo have the same id and vector. */
export interface ExportedPhoto {
  readonly id: number;
  readonly image_path: string;
  /** base64 of the path's bytes where they are not UTF-8 (image_path has U+FFFD then), else null. */
  readonly image_path_bytes: string | null;
  /** BLAKE3 of the file, 128 bits in hex. */
  readonly hash: string;
  readonly bytes: number;
  /** Pixels, as shown; null where they are not known. */
  readonly width: number | null;
  readonly height: number | null;
  readonly format: string | null;
  /** ms since 1970: when the file was last changed. */
  readonly modified: number;
  /** Whether the last index run did not find it. */
  readonly missing: boolean;
  /** 1 for the best of what a search found, and these three only there. Files of one content have the same. */
  readonly rank?: number;
  /** Cosine of query and photo; null where filters alone were given. */
  readonly score?: number | null;
  /** How likely it is right, 0 to 1; null where that cannot be told. */
  readonly confidence?: number | null;
}

export function exportedPhoto(file: ListedFile): ExportedPhoto {
  const path = bytePathToText(file.path);
  const bytes = bytePathToBuffer(file.path);
  return {
    id: file.id,
    image_path: path,
    image_path_bytes: Buffer.from(path, "utf8").equals(bytes) ? null : bytes.toString("base64"),
    hash: file.hash.toString("hex"),
    bytes: file.bytes,
    width: file.width,
    height: file.height,
    format: file.format,
    modified: file.modified,
    missing: file.isMissing,
  };
}
