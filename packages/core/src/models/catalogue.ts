import type { CatalogueModel } from "./catalogue-model.ts";
import type { PerChannel } from "./model-manifest.ts";
import {
  immichSource,
  openClipSource,
  rclipSource,
  transformersOnnxSource,
  transformersSource,
  withTokenizerConfig,
} from "./model-sources.ts";
import { clipMean, clipStd } from "./clip-pixels.ts";

const half: PerChannel = [0.5, 0.5, 0.5];

const mit = { name: "MIT" } as const;
const openai = {
  name: "MIT",
  note: "OpenAI's model card says that it was made for research and leaves deployment out of scope",
} as const;
const apache = { name: "Apache-2.0" } as const;

const clipText = { contextLength: 77, tokenizer: "clip-bpe" } as const;
const siglipText = { contextLength: 64, tokenizer: "gemma" } as const;
const clipImage = (size: number): CatalogueModel["image"] => ({
  size,
  mean: clipMean,
  std: clipStd,
  resize: "shortest-side",
});
const siglipImage = (size: number): CatalogueModel["image"] => ({ size, mean: half, std: half, resize: "squash" });

const base32 = { image: "ViT-B/32", text: "CLIP base", imageMillions: 87.9, textMillions: 63.4 } as const;
const base16 = { image: "ViT-B/16", text: "CLIP base", imageMillions: 86.2, textMillions: 63.4 } as const;
const large14 = { image: "ViT-L/14", text: "CLIP large", imageMillions: 304, textMillions: 124 } as const;

const datacomp256 = {
  repository: "laion/CLIP-ViT-B-32-256x256-DataComp-s34B-b86K",
  revision: "4afec35ffe57a943d569ff7ee888061830164da8",
};

/** The id of the model to take where there is no reason for another. */
export const defaultModelId = "vit-b-32-256-datacomp";

/**
 * The models that can be downloaded by name. Only such are here whose licence allows any use; what else there is
 * (MobileCLIP, DFN, MetaCLIP, jina-clip-v2, nllb-clip) users may bring themselves.
 *
 * Figures: open_clip's docs (openclip_results.csv, model_profile.csv) and model_configs, big_vision's README_siglip2.md,
 * and the repositories named.
 */
export const catalogue: readonly CatalogueModel[] = [
  {
    id: defaultModelId,
    name: "ViT-B-32-256 datacomp_s34b_b86k",
    goodFor: "the default, and rclip's model: the most accurate of the small ones; English",
    licence: mit,
    towers: base32,
    dims: 512,
    image: clipImage(256),
    text: clipText,
    activation: "gelu",
    bytes: 608_400_000,
    sources: [
      openClipSource(datacomp256.repository, datacomp256.revision),
      rclipSource("ViT-B-32-256-datacomp_s34b_b86k", datacomp256),
    ],
  },
  {
    id: "vit-b-32-openai",
    name: "ViT-B-32-quickgelu openai",
    goodFor: "comparing with other programs, which often use it; English",
    licence: openai,
    towers: base32,
    dims: 512,
    image: clipImage(224),
    text: clipText,
    activation: "quick-gelu",
    bytes: 608_000_000,
    sources: [
      openClipSource("timm/vit_base_patch32_clip_224.openai"),
      transformersSource("openai/clip-vit-base-patch32"),
      immichSource("immich-app/ViT-B-32__openai"),
      transformersOnnxSource("Xenova/clip-vit-base-patch32"),
    ],
  },
  {
    id: "vit-b-16-openai",
    name: "ViT-B-16-quickgelu openai",
    goodFor: "comparing with other programs; English, four times the work of B/32",
    licence: openai,
    towers: base16,
    dims: 512,
    image: clipImage(224),
    text: clipText,
    activation: "quick-gelu",
    bytes: 601_000_000,
    sources: [
      openClipSource("timm/vit_base_patch16_clip_224.openai"),
      transformersSource("openai/clip-vit-base-patch16"),
      immichSource("immich-app/ViT-B-16__openai"),
      transformersOnnxSource("Xenova/clip-vit-base-patch16"),
    ],
  },
  {
    id: "vit-l-14-openai",
    name: "ViT-L-14-quickgelu openai",
    goodFor: "comparing with other programs; English, eighteen times the work of B/32",
    licence: openai,
    towers: large14,
    dims: 768,
    image: clipImage(224),
    text: clipText,
    activation: "quick-gelu",
    bytes: 1_712_000_000,
    sources: [
      openClipSource("timm/vit_large_patch14_clip_224.openai"),
      transformersSource("openai/clip-vit-large-patch14"),
      immichSource("immich-app/ViT-L-14__openai"),
      transformersOnnxSource("Xenova/clip-vit-large-patch14"),
    ],
  },
  {
    id: "vit-l-14-336-openai",
    name: "ViT-L-14-336-quickgelu openai",
    goodFor: "comparing with other programs; small things in pictures, English, for a GPU",
    licence: openai,
    towers: large14,
    dims: 768,
    image: clipImage(336),
    text: clipText,
    activation: "quick-gelu",
    bytes: 1_714_000_000,
    sources: [
      openClipSource("timm/vit_large_patch14_clip_336.openai"),
      transformersSource("openai/clip-vit-large-patch14-336"),
      immichSource("immich-app/ViT-L-14-336__openai"),
      transformersOnnxSource("Xenova/clip-vit-large-patch14-336"),
    ],
  },
  {
    id: "vit-b-32-datacomp",
    name: "ViT-B-32 datacomp_xl_s13b_b90k",
    goodFor: "a quarter less work than the default, somewhat less accurate; English",
    licence: mit,
    towers: base32,
    dims: 512,
    image: clipImage(224),
    text: clipText,
    activation: "gelu",
    bytes: 607_400_000,
    sources: [openClipSource("laion/CLIP-ViT-B-32-DataComp.XL-s13B-b90K")],
  },
  {
    id: "vit-b-32-laion2b",
    name: "ViT-B-32 laion2b_s34b_b79k",
    goodFor: "long descriptions; English",
    licence: mit,
    towers: base32,
    dims: 512,
    image: clipImage(224),
    text: clipText,
    activation: "gelu",
    bytes: 608_000_000,
    sources: [
      openClipSource("laion/CLIP-ViT-B-32-laion2B-s34B-b79K"),
      immichSource("immich-app/ViT-B-32__laion2b-s34b-b79k"),
    ],
  },
  {
    id: "vit-b-16-datacomp",
    name: "ViT-B-16 datacomp_xl_s13b_b90k",
    goodFor: "a little more accurate than the default for three times its work; English",
    licence: mit,
    towers: base16,
    dims: 512,
    image: clipImage(224),
    text: clipText,
    activation: "gelu",
    bytes: 600_800_000,
    sources: [openClipSource("laion/CLIP-ViT-B-16-DataComp.XL-s13B-b90K")],
  },
  {
    id: "vit-b-16-laion2b",
    name: "ViT-B-16 laion2b_s34b_b88k",
    goodFor: "long descriptions, three times the work of the default; English",
    licence: mit,
    towers: base16,
    dims: 512,
    image: clipImage(224),
    text: clipText,
    activation: "gelu",
    bytes: 600_800_000,
    sources: [openClipSource("laion/CLIP-ViT-B-16-laion2B-s34B-b88K")],
  },
  {
    id: "siglip2-b-32-256",
    name: "ViT-B-32-SigLIP2-256 webli",
    goodFor: "European and other large languages, at the speed of the default; texts take longer",
    licence: apache,
    towers: { image: "ViT-B/32", text: "SigLIP 2 base", imageMillions: 94.6, textMillions: 282.3 },
    dims: 768,
    image: siglipImage(256),
    text: siglipText,
    activation: "gelu-tanh",
    bytes: 1_542_000_000,
    sources: [openClipSource("timm/ViT-B-32-SigLIP2-256"), transformersSource("google/siglip2-base-patch32-256")].map(
      withTokenizerConfig,
    ),
  },
  {
    id: "siglip2-b-16-256",
    name: "ViT-B-16-SigLIP2-256 webli",
    goodFor: "accuracy and many languages, for four times the work of the default",
    licence: apache,
    towers: { image: "ViT-B/16", text: "SigLIP 2 base", imageMillions: 92.9, textMillions: 282.3 },
    dims: 768,
    image: siglipImage(256),
    text: siglipText,
    activation: "gelu-tanh",
    bytes: 1_535_000_000,
    sources: [
      openClipSource("timm/ViT-B-16-SigLIP2-256"),
      transformersSource("google/siglip2-base-patch16-256"),
      transformersOnnxSource("onnx-community/siglip2-base-patch16-256-ONNX"),
    ].map(withTokenizerConfig),
  },
  {
    id: "siglip2-so400m-14-384",
    name: "ViT-SO400M-14-SigLIP2-384 webli",
    goodFor: "the most accurate here, in many languages; sixty times the work of the default: for a GPU",
    licence: apache,
    towers: { image: "ViT-So400m/14", text: "SigLIP 2 So400m", imageMillions: 428, textMillions: 708 },
    dims: 1152,
    image: siglipImage(384),
    text: siglipText,
    activation: "gelu-tanh",
    bytes: 4_580_000_000,
    sources: [withTokenizerConfig(transformersSource("google/siglip2-so400m-patch14-384"))],
  },
  {
    id: "xlm-r-vit-b-32",
    name: "xlm-roberta-base-ViT-B-32 laion5b_s13b_b90k",
    goodFor: "a hundred languages, Chinese, Greek and Hebrew among the best of them",
    licence: mit,
    towers: { image: "ViT-B/32", text: "XLM-RoBERTa base", imageMillions: 87.9, textMillions: 278 },
    dims: 512,
    image: clipImage(224),
    text: { contextLength: 77, tokenizer: "xlm-roberta" },
    activation: "gelu",
    bytes: 1_474_000_000,
    sources: [
      openClipSource("laion/CLIP-ViT-B-32-xlm-roberta-base-laion5B-s13B-b90k"),
      immichSource("immich-app/XLM-Roberta-Base-ViT-B-32__laion5b_s13b_b90k"),
    ].map(withTokenizerConfig),
  },
];
