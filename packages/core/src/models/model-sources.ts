import type { ModelSource, SourceFile } from "./catalogue-model.ts";

/** A repository in the layout of open_clip: configuration, weights, tokenizer. */
export function openClipSource(repository: string, revision?: string): ModelSource {
  return source(
    "open_clip",
    repository,
    ["open_clip_config.json", "open_clip_model.safetensors", "tokenizer.json"],
    revision,
  );
}

/** A repository in the layout of transformers. */
export function transformersSource(repository: string, revision?: string): ModelSource {
  const paths = ["config.json", "preprocessor_config.json", "model.safetensors", "tokenizer.json"];
  return source("transformers", repository, paths, revision);
}

/** A pair of ONNX files in the layout of Xenova/* and onnx-community/*. */
export function transformersOnnxSource(repository: string, revision?: string): ModelSource {
  const settings = ["config.json", "preprocessor_config.json", "tokenizer.json"];
  return source("onnx-pair", repository, [...settings, "onnx/vision_model.onnx", "onnx/text_model.onnx"], revision);
}

/** A pair of ONNX files in the layout of immich-app/*. */
export function immichSource(repository: string, revision?: string): ModelSource {
  const visual = ["visual/model.onnx", "visual/preprocess_cfg.json"];
  const textual = ["textual/model.onnx", "textual/tokenizer.json"];
  return source("onnx-pair", repository, ["config.json", ...visual, ...textual], revision);
}

/**
 * The pair of ONNX files that rclip uses. Its repository has neither configuration nor tokenizer.json: these come from the
 * repository the pair was made from.
 */
export function rclipSource(directory: string, original: { repository: string; revision: string }): ModelSource {
  const onnx = { repository: "yurijmikhalevich/rclip-models", revision: "17b9d07433aad73f70d338d8a1c7a4cef83887e0" };
  return {
    layout: "onnx-pair",
    files: [
      { ...original, path: "open_clip_config.json" },
      { ...onnx, path: `${directory}/visual.onnx`, as: "visual/model.onnx" },
      { ...onnx, path: `${directory}/textual.onnx`, as: "textual/model.onnx" },
      { ...original, path: "tokenizer.json" },
    ],
  };
}

/**
 * The same with tokenizer_config.json beside tokenizer.json, which says of SentencePiece's tokenizers how texts begin and
 * end.
 */
export function withTokenizerConfig({ layout, files }: ModelSource): ModelSource {
  const configOf = (file: SourceFile): SourceFile => ({
    ...file,
    path: file.path.replace(/\.json$/, "_config.json"),
    isOptional: true,
  });
  const configs = files.filter(({ path }) => path.endsWith("tokenizer.json")).map(configOf);
  return { layout, files: [...files, ...configs] };
}

function source(
  layout: ModelSource["layout"],
  repository: string,
  paths: readonly string[],
  revision?: string,
): ModelSource {
  const from = revision === undefined ? { repository } : { repository, revision };
  return { layout, files: paths.map((path) => ({ ...from, path })) };
}
