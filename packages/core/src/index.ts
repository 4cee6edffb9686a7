import "./no-telemetry.ts";

export { ClipfindError, type ErrorCode } from "./errors.ts";
export type { IndexEvent, IndexProgress } from "./indexing/index-event.ts";
export {
  type IndexOptions,
  Library,
  type LibraryOptions,
  type LibraryStatus,
  type SearchOptions,
  type SearchResult,
} from "./library.ts";
export { libraryDirectory, type LibraryPlace } from "./library-directory.ts";
export { createModelManifest } from "./models/create-model-manifest.ts";
export type { Hit } from "./search/search-photos.ts";
export type { VectorStats } from "./vectors.ts";
