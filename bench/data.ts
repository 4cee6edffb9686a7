import { join } from "node:path";
import { readNpy } from "../test/support/read-npy.ts";
import { shared } from "../test/support/shared.ts";

/** Components of every vector here. */
export const dims = 512;

/** Real text vectors that a row is mixed from. */
const textDraws = 7;

/** Real vectors, or what stands in for them. */
interface Samples {
  readonly label: string;
  /** Unit vectors, one after the other. */
  readonly images: Float32Array;
  readonly texts: Float32Array;
}

/**
 * Synthetic unit vectors with the mean, the spectrum and the spread of scores of real CLIP image vectors, in any number,
 * the same every time. Queries are real text vectors.
 *
 * A row is the mean image vector plus a sum of real differences from a mean with random signs: one of an image vector
 * and seven of text vectors, since there are only seven real images. Such a sum has the covariance of what it is drawn
 * from; weights make rows as alike as the real images are. The texts' coordinates are shuffled, because images differ
 * from each other in other directions than texts do. As they are, scores would spread by 0.05 around their mean, and no
 * row would be hard to tell from the best; the seven real images' spread by 0.018, these rows' by about 0.027.
 */
export class ClipLike {
  readonly label: string;
  readonly #samples: Samples;
  /** The part all rows have in common, weighted. */
  readonly #mean: Float32Array;
  /** Differences from the mean, weighted. */
  readonly #images: Float32Array;
  readonly #texts: Float32Array;
  readonly #random: () => number;

  constructor(seed: number) {
    this.#samples = realSamples() ?? randomSamples();
    const { label, images, texts } = this.#samples;
    this.label = label;
    const alike = meanCosine(images);
    const mean = meanOf(images);
    this.#mean = mean.map((x) => (x / length(mean)) * Math.sqrt(alike));
    this.#images = differences(images, Math.sqrt((1 - alike) / 8));
    this.#texts = shuffled(differences(texts, Math.sqrt(((1 - alike) * 7) / 8 / textDraws)));
    this.#random = generator(seed);
  }

  /** The next `count` rows, one after the other. */
  rows(count: number): Float32Array {
    const [rows, mean, texts, images] = [new Float32Array(count * dims), this.#mean, this.#texts, this.#images];
    const at = new Int32Array(textDraws + 1);
    const sign = new Float32Array(textDraws + 1);
    for (let row = 0; row < rows.length; row += dims) {
      for (let draw = 0; draw <= textDraws; draw++) {
        const number = this.#random();
        const from = draw < textDraws ? texts : images;
        at[draw] = ((number >>> 1) % (from.length / dims)) * dims;
        sign[draw] = (number & 1) * 2 - 1;
      }
      const [a, b, c, d, e, f, g, h] = at as unknown as Eight;
      const [p, q, r, s, t, u, v, w] = sign as unknown as Eight;
      let square = 0;
      for (let i = 0; i < dims; i++) {
        const x =
          (mean[i] as number) +
          p * (texts[a + i] as number) +
          q * (texts[b + i] as number) +
          r * (texts[c + i] as number) +
          s * (texts[d + i] as number) +
          t * (texts[e + i] as number) +
          u * (texts[f + i] as number) +
          v * (texts[g + i] as number) +
          w * (images[h + i] as number);
        rows[row + i] = x;
        square += x * x;
      }
      const scale = 1 / Math.sqrt(square);
      for (let i = row; i < row + dims; i++) (rows[i] as number) *= scale;
    }
    return rows;
  }

  /** `count` real text vectors, one after the other. */
  queries(count: number): Float32Array {
    const { texts } = this.#samples;
    const step = Math.floor(texts.length / dims / count) * dims;
    const queries = new Float32Array(count * dims);
    for (let query = 0; query < count; query++) {
      queries.set(texts.subarray(query * step, query * step + dims), query * dims);
    }
    return queries;
  }
}

type Eight = [number, number, number, number, number, number, number, number];

/** Deterministic whole numbers of 32 bits, not negative: xorshift32. */
export function generator(seed: number): () => number {
  let state = seed | 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
}

function realSamples(): Samples | undefined {
  if (shared === undefined) return undefined;
  const read = (name: string): Float32Array =>
    readNpy(join(shared as string, "golden", `clip-vitb32-${name}.npy`)).data;
  const texts = [read("text-lvis"), read("text-coco80")];
  const all = new Float32Array(texts.reduce((sum, part) => sum + part.length, 0));
  texts.reduce((offset, part) => (all.set(part, offset), offset + part.length), 0);
  const label = "synthetic, mean and covariance of real CLIP ViT-B/32 vectors";
  return { label, images: normalised(read("image-embeds")), texts: normalised(all) };
}

/** Where the test data are absent: random directions, and a large component that all images have in common. */
function randomSamples(): Samples {
  const random = generator(7);
  const vectors = (count: number, common: number): Float32Array => {
    const values = Float32Array.from({ length: count * dims }, () => random() / 2 ** 31 - 1);
    for (let at = 92; at < values.length; at += dims) values[at] = common;
    return normalised(values);
  };
  return { label: "synthetic, random directions", images: vectors(7, 13), texts: vectors(1280, 3) };
}

function normalised(vectors: Float32Array): Float32Array {
  for (let at = 0; at < vectors.length; at += dims) {
    const vector = vectors.subarray(at, at + dims);
    const scale = 1 / length(vector);
    for (let i = 0; i < dims; i++) (vector[i] as number) *= scale;
  }
  return vectors;
}

function length(vector: Float32Array): number {
  return Math.sqrt(dot(vector, 0, vector, 0));
}

/** The dot product of two vectors that begin at these positions. */
export function dot(a: Float32Array, aAt: number, b: Float32Array, bAt: number): number {
  let [even, odd] = [0, 0];
  for (let i = 0; i < dims; i += 2) {
    even += (a[aAt + i] as number) * (b[bAt + i] as number);
    odd += (a[aAt + i + 1] as number) * (b[bAt + i + 1] as number);
  }
  return even + odd;
}

function meanOf(vectors: Float32Array): Float32Array {
  const mean = new Float32Array(dims);
  const count = vectors.length / dims;
  for (let at = 0; at < vectors.length; at++) (mean[at % dims] as number) += (vectors[at] as number) / count;
  return mean;
}

/** The mean cosine of two different ones of these unit vectors. */
function meanCosine(vectors: Float32Array): number {
  const count = vectors.length / dims;
  const square = length(meanOf(vectors)) ** 2;
  return (square * count - 1) / (count - 1);
}

/** Differences from the mean, scaled so that the mean square of their lengths is that of `scale`. */
function differences(vectors: Float32Array, scale: number): Float32Array {
  const mean = meanOf(vectors);
  const parts = vectors.map((x, at) => x - (mean[at % dims] as number));
  const square = parts.reduce((sum, x) => sum + x * x, 0) / (parts.length / dims);
  return parts.map((x) => (x * scale) / Math.sqrt(square));
}

/** All vectors with their coordinates in another order, some with the other sign. */
function shuffled(vectors: Float32Array): Float32Array {
  return vectors.map((_, at) => {
    const to = at % dims;
    const from = (to * 197 + 31) % dims;
    return (vectors[at - to + from] as number) * (((to * 61) >> 3) & 1 ? -1 : 1);
  });
}
