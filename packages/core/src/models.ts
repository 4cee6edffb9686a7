import "./no-telemetry.ts";

// Getting and keeping models: `@clipfind/core/models`. Apart from the main entry, for searching needs none of it.
export { catalogue, defaultModelId } from "./models/catalogue.ts";
export type { CatalogueModel, Licence, ModelSource, PullableModel, SourceFile } from "./models/catalogue-model.ts";
export { compileModel, type CompileRequest } from "./models/compile-model.ts";
export { exportModel } from "./models/export-model.ts";
export { findInCatalogue } from "./models/find-in-catalogue.ts";
export { formatBytes } from "./models/format-bytes.ts";
export type { PullEvent } from "./models/hub/pull-event.ts";
export { type Pulled, type PullRequest, pullModel } from "./models/hub/pull-model.ts";
export { type ImportEvent, type ImportRequest, importModel } from "./models/import-model.ts";
export { installedModel } from "./models/installed-model.ts";
export { type InstalledModel, installedModels } from "./models/installed-models.ts";
export { matchId } from "./models/match-id.ts";
export { modelsHome } from "./models/models-home.ts";
export { type Model, openModel } from "./models/open-model.ts";
export { removeModel } from "./models/remove-model.ts";
export { repositoryModel } from "./models/repository-model.ts";
export { verifyModel } from "./models/verify-model.ts";
