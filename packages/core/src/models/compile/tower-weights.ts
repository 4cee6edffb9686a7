/** A matrix as `x · M` takes it: row-major [rows, columns], read when it is needed. */
export interface Matrix {
  readonly rows: number;
  readonly columns: number;
  read(): Float32Array;
}

/** A matrix that can be read in parts. */
export interface Rows extends Matrix {
  /** Rows from `first` on, `count` of them. */
  readRows(first: number, count: number): Float32Array;
}

/** x · weight + bias. */
export interface Linear {
  readonly weight: Matrix;
  /** float32 [columns] */
  readonly bias?: Float32Array | undefined;
}

/** Gain and shift of a layer normalisation, float32 [width] each. */
export interface Norm {
  readonly gain: Float32Array;
  readonly shift: Float32Array;
}

/**
 * The activation of a tower's feed-forward layers. OpenAI's models have `quick-gelu` (x · σ(1.702 x)), open_clip's
 * `gelu` (exact), SigLIP's `gelu-tanh`.
 */
export type Activation = "gelu" | "gelu-tanh" | "quick-gelu";

/** One pre-norm block of a transformer (Vaswani et al. 2017, as in ViT and GPT-2). */
export interface Block {
  readonly norm1: Norm;
  /** [width, 3 · width]: query, key and value side by side. */
  readonly qkv: Linear;
  readonly out: Linear;
  readonly norm2: Norm;
  readonly fc1: Linear;
  readonly fc2: Linear;
}

/** What both towers consist of. */
export interface Transformer {
  readonly width: number;
  readonly heads: number;
  readonly layers: number;
  readonly activation: Activation;
  /** Of all its layer normalisations. */
  readonly epsilon: number;
  block(index: number): Block;
}

/** Pools by one learned query that attends to all tokens (SigLIP's head). */
export interface AttentionPool {
  readonly kind: "attention";
  /** float32 [width] */
  readonly probe: Float32Array;
  readonly qkv: Linear;
  readonly out: Linear;
  readonly norm: Norm;
  readonly fc1: Linear;
  readonly fc2: Linear;
}

/** Takes the class token and projects it (CLIP). */
export interface ClassTokenPool {
  readonly kind: "class-token";
  readonly projection: Matrix;
}

/** A vision transformer (Dosovitskiy et al. 2021) with CLIP's or SigLIP's ends. */
export interface ImageWeights {
  readonly transformer: Transformer;
  /** Sides of the picture and of a patch, in pixels. */
  readonly size: number;
  readonly patch: number;
  /** float32 [width, 3, patch, patch] and [width] */
  readonly patchWeight: Float32Array;
  readonly patchBias?: Float32Array | undefined;
  /** float32 [width] */
  readonly classToken?: Float32Array | undefined;
  /** float32 [tokens, width], the class token's first */
  readonly positions: Float32Array;
  readonly preNorm?: Norm | undefined;
  readonly postNorm: Norm;
  readonly pool: AttentionPool | ClassTokenPool;
}

/** A text transformer; its vector is that of the last token. One that is not causal takes texts filled up with padding. */
export interface TextWeights {
  readonly kind?: undefined;
  readonly transformer: Transformer;
  /** Whether a token sees only those before it. If so, nothing need follow the end token. */
  readonly causal: boolean;
  readonly contextLength: number;
  /** float32 [vocabulary, width]: up to a gigabyte. */
  readonly tokens: Rows;
  /** float32 [contextLength, width] */
  readonly positions: Float32Array;
  readonly finalNorm: Norm;
  readonly projection: Linear;
}

/** A text transformer with the norms behind each half of a block (RoBERTa: Liu et al. 2019), and a pool over the tokens. */
export interface RobertaWeights extends Omit<TextWeights, "finalNorm" | "kind" | "projection"> {
  readonly kind: "roberta";
  readonly causal: false;
  /** Of the sum of the tokens' rows and the positions'. */
  readonly embeddingNorm: Norm;
  /** The mean of all tokens' vectors, or the first one's. */
  readonly pool: "first" | "mean";
  /** Layers with GELU between them. */
  readonly projection: readonly Linear[];
}

/** Both towers of a model. */
export interface ClipWeights {
  readonly dims: number;
  readonly image: ImageWeights;
  readonly text: RobertaWeights | TextWeights;
}
