import "./no-telemetry.ts";

export { ClipfindError, type ErrorCode } from "./errors.ts";
export type { IndexEvent, IndexProgress } from "./indexing/index-event.ts";
export { type IndexOptions, Library, type LibraryOptions, type SearchOptions, type SearchResult } from "./library.ts";
export { libraryDirectory, type LibraryPlace } from "./library-directory.ts";
export type { LibraryStatus } from "./library-status.ts";
export { createModelManifest } from "./models/create-model-manifest.ts";
export type { Hit } from "./search/search-photos.ts";
export type { LibraryRepair } from "./upkeep/repair-vectors.ts";
export type { LibraryVerification } from "./upkeep/verify-library.ts";
export type { Damage, VectorStats } from "./vectors.ts";
