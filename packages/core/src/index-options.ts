import type { Device } from "./device.ts";
import type { Part } from "./indexing/part-of.ts";
import type { Precision } from "./precision.ts";
import type { ScanRules } from "./scan-rules.ts";

/** What Library.index takes beside the directories. */
export interface IndexOptions {
  /**
   * Which files count in the folders that are indexed. Remembered with each of them: later runs without rules use them
   * again. `{}` goes back to the defaults. What was indexed before and is left out now stays in the index.
   */
  readonly rules?: ScanRules | undefined;
  /** Rules of folders that are indexed for the first time, where `rules` does not give any; remembered like these. */
  readonly newRules?: ScanRules | undefined;
  /** Read all files again, and compare by content: finds what changed without a trace in size, times and inode. */
  readonly rehash?: boolean | undefined;
  /** Try again to read what could not be read or decoded; without it, only when the file has changed. */
  readonly retryFailed?: boolean | undefined;
  /**
   * Believe that files are gone where most of a folder is not found, and forget folders that are not there. Without it
   * they are left as they are, for a drive may not be mounted.
   */
  readonly prune?: boolean | undefined;
  /**
   * Read only the files that belong to this one of several parts, so that several indexers, each with a library of its
   * own, share the work; Library.merge joins the libraries. Which part a file belongs to depends on nothing but its path
   * below the folder that is indexed (docs/scan.md). Files of other parts are neither read nor missing nor failed.
   */
  readonly part?: Part | undefined;
  /**
   * Number of shards (1 to 999); a new library has 1 unless given. An existing one that has another number is divided
   * anew before the run, all or nothing, which is told by the event "resharded".
   */
  readonly shards?: number | undefined;
  /**
   * Of a compiled model: "fp32" computes with the weights as they are, "int8" three times as fast with rounded ones.
   * "auto", the default, keeps to what was chosen before, else compares both on the first photos.
   */
  readonly precision?: Precision | "auto" | undefined;
  /**
   * What photos are encoded on. "auto", the default: the fastest that makes the CPU's vectors, which is measured once in a
   * second or two per device, where the machine has any but the CPU. Other devices compute in fp32 and ask for a model in it.
   */
  readonly device?: Device | "auto" | undefined;
  /** Encoder processes; one per core unless given, at most four where they share a GPU. Fewer are started where `maxMemory` asks for it. */
  readonly workers?: number | undefined;
  /**
   * Bytes of memory for this process and its encoders together (resident, without the pages of mapped files, which they
   * share and the system may drop); unless given, 300 MB and 600 MB for each
   * encoder, more for a model that needs more. Decides how many encoders are started and when one that has grown is
   * replaced; a photo that needs more than all of it fails. What a host program takes for itself is not watched.
   */
  readonly maxMemory?: number | undefined;
  /** Scheduling priority of the encoders, -20 (first) to 19 (last, for work in the background). */
  readonly nice?: number | undefined;
  /** Milliseconds after which a photo that is being decoded and encoded is given up; a minute unless given. */
  readonly photoTimeout?: number | undefined;
  /** Most pixels of a picture that is decoded, in millions; 500 unless given. Larger ones fail by their header. */
  readonly maxMegapixels?: number | undefined;
  /** Aborting finishes the photos in hand, commits, and throws ABORTED. */
  readonly signal?: AbortSignal | undefined;
}
