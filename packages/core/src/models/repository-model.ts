import type { PullableModel } from "./catalogue-model.ts";
import {
  immichSource,
  openClipSource,
  transformersOnnxSource,
  transformersSource,
  withTokenizerConfig,
} from "./model-sources.ts";

const repositoryPattern = /^([a-z0-9][\w.-]*\/[a-z0-9][\w.-]*)(?:@([a-z0-9][\w.-]*))?$/i;

/**
 * The model in a repository on the hub that `text` names, "owner/name" or "owner/name@revision", in whichever of the usual
 * layouts it is; undefined where `text` is no such name.
 */
export function repositoryModel(text: string): PullableModel | undefined {
  const [, repository, revision] = repositoryPattern.exec(text) ?? [];
  if (repository === undefined) return undefined;
  const layouts = [immichSource, openClipSource, transformersSource, transformersOnnxSource];
  return {
    id: text.toLowerCase().replace("/", "--").replace("@", "--").slice(0, 100),
    name: text.slice(0, 200),
    sources: layouts.map((layout) => withTokenizerConfig(layout(repository, revision))),
  };
}
