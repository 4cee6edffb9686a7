import type { LibraryRepair } from "../upkeep/repair-vectors.ts";

/** Why an entry of rclip's index was not imported. The next index run takes what is there. */
export type LeftOut =
  /** rclip has marked it as gone. */
  | "deleted"
  /** There is no file. */
  | "missing"
  /** The file has another size or modification time than rclip's. */
  | "changed"
  /** The file is there, and an index run would not look at it. */
  | "excluded"
  /** The file could not be read. */
  | "unreadable"
  /** The entry is not as rclip writes it. */
  | "malformed";

/** Where an import stands. Each entry looked at is counted once: known, imported, to be read, or by why it was left out. */
export interface RclipImportProgress extends Readonly<Record<LeftOut, number>> {
  /** Entries of rclip's index looked at. */
  readonly entries: number;
  /** Files that the library knew as they are. */
  readonly known: number;
  /** Files to be read: those whose vectors rclip has. Final once the first is read. */
  readonly toRead: number;
  /** Of those, dealt with; and their bytes. */
  readonly done: number;
  readonly bytesRead: number;
  /** Of those, taken in. */
  readonly imported: number;
  /** Vectors taken over: one for each content that was new. */
  readonly vectors: number;
}

/** How well rclip's vectors agree with the model's. */
export interface VectorAgreement {
  /** Photos that were encoded with the model. */
  readonly photos: number;
  /** Cosines of the angles between rclip's vectors of these photos and the model's. */
  readonly median: number;
  readonly lowest: number;
}

/** What an import reports on its way. The last event of a completed one is "done". */
export type RclipImportEvent =
  | { readonly type: "progress" | "done"; readonly progress: RclipImportProgress }
  /** The folders that are indexed from now on. */
  | { readonly type: "roots"; readonly roots: readonly string[] }
  /** rclip's vectors are of the model. */
  | ({ readonly type: "checked" } & VectorAgreement)
  /** An entry was not imported. */
  | { readonly type: "leftOut"; readonly path: string; readonly why: LeftOut; readonly reason: string }
  /** The library's vectors in `path` were damaged, and were repaired before. */
  | ({ readonly type: "repaired"; readonly path: string } & LibraryRepair);

/** What Library.importRclip takes beside the database. */
export interface RclipImportOptions {
  /**
   * Folders to be indexed from now on; entries elsewhere are left out. Unless given, those of the library that hold some
   * of the photos, and for the others the deepest folders that hold them, which are neither a home directory nor one
   * that disks are mounted in.
   */
  readonly roots?: readonly string[] | undefined;
  /** Compare some of rclip's vectors with the model's before anything is taken; true unless given. */
  readonly check?: boolean | undefined;
  /** Aborting finishes the files in hand, commits, and throws ABORTED. */
  readonly signal?: AbortSignal | undefined;
}
