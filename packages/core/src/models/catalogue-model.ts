import type { PerChannel } from "./model-manifest.ts";

/** A file of a model on the hub. */
export interface SourceFile {
  /** "owner/name" */
  readonly repository: string;
  /** Commit, branch or tag; "main" unless given. */
  readonly revision?: string;
  /** Path in the repository. */
  readonly path: string;
  /** Path in the directory it is downloaded to; the same unless given. */
  readonly as?: string;
  /** Whether the model is whole without it. */
  readonly isOptional?: boolean;
}

/** One way to get a model: all files that it takes, in one of the layouts that compileModel() reads. */
export interface ModelSource {
  readonly layout: "open_clip" | "transformers" | "onnx-pair";
  readonly files: readonly SourceFile[];
}

/** How the weights may be used. */
export interface Licence {
  /** SPDX identifier. */
  readonly name: string;
  /** What else its makers say. */
  readonly note?: string;
}

/** What is known of a model that `clipfind models pull` can get. Data only: nothing here decides how it is run. */
export interface CatalogueModel {
  /** Lower case; the name of its directory. */
  readonly id: string;
  /** Architecture and training data, by the names open_clip gives them. */
  readonly name: string;
  /** One line for people who choose. */
  readonly goodFor: string;
  readonly licence: Licence;
  /** Architectures, and how many million parameters each has. */
  readonly towers: {
    readonly image: string;
    readonly text: string;
    readonly imageMillions: number;
    readonly textMillions: number;
  };
  /** Length of the vectors. */
  readonly dims: number;
  readonly image: {
    /** Side of the square input, in pixels. */
    readonly size: number;
    readonly mean: PerChannel;
    readonly std: PerChannel;
    /** The shorter side to `size` and the centre cut out, or both sides to `size` whatever the proportions. */
    readonly resize: "shortest-side" | "squash";
  };
  readonly text: {
    /** Tokens, start and end included. */
    readonly contextLength: number;
    readonly tokenizer: "clip-bpe" | "gemma" | "xlm-roberta";
  };
  /** OpenAI trained with an approximation of GELU, x·σ(1.702x), SigLIP with the one by tanh, the others with GELU itself. */
  readonly activation: "quick-gelu" | "gelu" | "gelu-tanh";
  /** About so many bytes are downloaded from the first source; the hub says how many exactly. */
  readonly bytes: number;
  /** In the order in which they are tried. */
  readonly sources: readonly ModelSource[];
}

/** What pullModel() needs to know of a model. Where no licence is given, its repository is asked for it. */
export type PullableModel = Pick<CatalogueModel, "id" | "name" | "sources"> &
  Partial<Pick<CatalogueModel, "licence" | "text">>;
