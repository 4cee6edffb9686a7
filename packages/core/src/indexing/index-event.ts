import type { Device } from "../device.ts";
import type { EncoderTimes } from "../photos/stage-times.ts";
import type { Agreement, Precision } from "../precision.ts";
import type { LibraryRepair } from "../upkeep/repair-vectors.ts";

/** Where an index run stands. Counts are files unless they say otherwise. */
export interface IndexProgress {
  readonly phase: "scan" | "encode";
  /** Candidate photos found on disk so far. */
  readonly found: number;
  /** Known and unchanged: neither read nor written. */
  readonly unchanged: number;
  /** New or changed: to be read in this run. Final once the phase is "encode". */
  readonly toRead: number;
  /** Of those, dealt with. */
  readonly done: number;
  /** Size of the files to be read, and of those that were, in bytes. */
  readonly bytesToRead: number;
  readonly bytesRead: number;
  /** Photos run through the model. */
  readonly encoded: number;
  /** New names of known content (renamed, moved, copied, come back): no encoding needed. */
  readonly reused: number;
  /** Photos known from before of which it is now read what they say of themselves, without encoding them; and done so far. */
  readonly toDescribe: number;
  readonly described: number;
  /** Sidecars that were read, as they were new or changed. */
  readonly sidecars: number;
  /** Could not be read or decoded in this run; a folder that could not be read counts as one. */
  readonly failed: number;
  /** Known but not found any more. */
  readonly missing: number;
  /** Milliseconds since the run began, and since its encode phase began. */
  readonly elapsedMs: number;
  readonly encodeMs: number;
}

/** CPU time of dealing with the photos, by what it was spent on, in milliseconds. */
export interface PhotosStages extends EncoderTimes {
  /** Walking the folders and comparing with the catalog; more exactly, all this process did until it knew the work. */
  readonly walk: number;
  /** Storing vectors, committing rows, and giving out work: all this process did from then on. */
  readonly write: number;
}

/** CPU time of a run by what it was spent on, in milliseconds. All of it is here, but for encoders that were lost and the measuring of devices. */
export interface StageTimes extends PhotosStages {
  /** Choosing and checking the model, and opening the library: all before the scan. */
  readonly prepare: number;
  /** Calibrating scores and compacting: all after the last photo. */
  readonly finish: number;
}

/** What a run worked with. */
export interface IndexMeans {
  /** What the model ran on. */
  readonly device: Device;
  /** Name of the model. */
  readonly model: string;
  /** Which of its graphs. */
  readonly precision: Precision;
  /** How int8 agreed with fp32; "by hand" where the user chose, null where there is no choice or it is open yet. */
  readonly agreement: Agreement | "by hand" | null;
  /** Encoder processes, as far as there was work and memory for them. */
  readonly workers: number;
}

/** What comes of dealing with the photos: the events of a run, of which the last lacks what is around that. */
export type PhotosEvent =
  | Exclude<IndexEvent, { readonly type: "done" }>
  | (Omit<Extract<IndexEvent, { readonly type: "done" }>, "stages"> & { readonly stages: PhotosStages });

/** What an index run reports on its way. The last event of a completed run is "done". */
export type IndexEvent =
  | { readonly type: "progress"; readonly progress: IndexProgress }
  /** A file or directory that had to be left out; the run goes on. */
  | { readonly type: "problem"; readonly path: string; readonly reason: string }
  /** The vectors in `path` were damaged, and were repaired before the run; what is lost is encoded again by it. */
  | ({ readonly type: "repaired"; readonly path: string } & LibraryRepair)
  /** Both precisions of the model were compared on the first photos, and this one is used from now on. */
  | { readonly type: "compared"; readonly precision: Precision; readonly agreement: Agreement }
  /** Devices were measured, and this one is used; or the one that was used gave up. `reason` is a sentence. */
  | { readonly type: "device"; readonly device: Device; readonly reason: string }
  /** Another model than the one searched: so many photos are to be encoded again, and that one is searched until then. */
  | { readonly type: "model"; readonly from: string; readonly to: string; readonly photos: number }
  /** The vectors were spread over another number of shards before the run. */
  | { readonly type: "resharded"; readonly from: number; readonly to: number }
  | {
      readonly type: "done";
      readonly progress: IndexProgress;
      readonly means: IndexMeans;
      readonly stages: StageTimes;
    };
