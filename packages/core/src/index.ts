import "./no-telemetry.ts";

export type { Device, DeviceResult } from "./device.ts";
export { countPhotos } from "./count-photos.ts";
export { ClipfindError, type ErrorCode } from "./errors.ts";
export type { ExportOptions, ExportReport } from "./export/export-library.ts";
export type { ExportFormat } from "./export/export-part.ts";
export type { VectorType } from "./export/npy-file.ts";
export type { FolderChanges, Freshness } from "./freshness.ts";
export { rclipIndex, type RclipPlace } from "./import/rclip-index.ts";
export type {
  LeftOut,
  RclipImportEvent,
  RclipImportOptions,
  RclipImportProgress,
  VectorAgreement,
} from "./import/rclip-import-event.ts";
export type { Part } from "./indexing/part-of.ts";
export type { IndexEvent, IndexMeans, IndexProgress, StageTimes } from "./indexing/index-event.ts";
export type { IndexOptions } from "./index-options.ts";
export { Library, type LibraryOptions } from "./library.ts";
export { libraryDirectory, type LibraryPlace } from "./library-directory.ts";
export type { LibraryStatus } from "./library-status.ts";
export { createModelManifest } from "./models/create-model-manifest.ts";
export { compileModel, type CompileRequest } from "./models/compile-model.ts";
export type { Agreement, Precision } from "./precision.ts";
export { namedModel } from "./models/named-model.ts";
export type { ScanRules } from "./scan-rules.ts";
export type { SearchOptions, SearchResult } from "./search-options.ts";
export type { HitMetadata } from "./search/hit-metadata.ts";
export type { Hit } from "./search/search-photos.ts";
export type { Garbage, GcOptions } from "./upkeep/collect-garbage.ts";
export type { MergeEvent, MergeOptions, MergeProgress } from "./upkeep/merge-libraries.ts";
export type { Compaction, LibrarySize } from "./upkeep/compact-library.ts";
export type { FolderMove } from "./upkeep/move-folder.ts";
export type { LibraryMove, MoveOptions } from "./upkeep/move-library.ts";
export type { LibraryRepair } from "./upkeep/repair-vectors.ts";
export type { LibraryVerification } from "./upkeep/verify-library.ts";
export type { Damage, VectorStats } from "./vectors.ts";
export { watchLibrary, type WatchEvent, type WatchOptions } from "./watch/watch-library.ts";
