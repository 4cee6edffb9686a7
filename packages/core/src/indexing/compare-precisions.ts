import { createHash, type Hash } from "node:crypto";
import { availableParallelism } from "node:os";
import { type BytePath, joinBytePath } from "../byte-path.ts";
import { encodeTexts } from "../clip/encode-texts.ts";
import type { RootRow } from "../db/roots-table.ts";
import { walkDirectories } from "../directory-walk.ts";
import { ClipfindError } from "../errors.ts";
import type { Model } from "../models/open-model.ts";
import { planMemory } from "../photos/memory-plan.ts";
import { PhotoEncoder, type PhotoEncoderOptions } from "../photos/photo-encoder.ts";
import type { PhotoEncodersOptions } from "../photos/photo-encoders.ts";
import { type EncoderTimes, noTimes, sumOfTimes } from "../photos/stage-times.ts";
import { imageExtensions } from "../scan/image-names.ts";
import { ProcessLost } from "../threads/worker-process.ts";
import type { Agreement } from "../precision.ts";
import { agreementOf, type Encoded, leastPhotos, saturates } from "./agreement.ts";

/** Photos to compare: as many as tell a mean from a bad luck, in some ten seconds. */
const wantedPhotos = 64;

/** Pairs of encoders at most: each takes the memory of both models, and there are few photos. */
const mostPairs = 4;

/** Plain queries, as people type them. */
const queries = [
  "a dog",
  "a red car on a street",
  "children playing at the beach",
  "a birthday cake with candles",
  "mountains at sunset",
  "a portrait of an old man",
  "text on a sign",
  "an empty room",
];

/** What came of comparing two precisions. */
export interface Comparison {
  /** Undefined: nothing was started, as there are too few candidates, or the same ones that settled nothing before. */
  readonly agreement: Agreement | undefined;
  /** Stands for the candidates and the two models: while it stays the same, another try finds nothing else. */
  readonly state: string;
  /** CPU time of the encoders, in milliseconds. */
  readonly spent: number;
}

export interface CompareOptions extends Omit<PhotoEncodersOptions, "device" | "maximumRss"> {
  readonly signal?: AbortSignal | undefined;
  /** The state of the last comparison, if that settled nothing. */
  readonly tried?: string | undefined;
}

/**
 * Encodes the first photos in `roots` with both models, which differ in precision only, and compares: on several cores, as
 * CPU time is what is compared. With too few
 * candidates to settle anything, or those that settled nothing before, it starts nothing.
 * @throws ClipfindError MODEL_*, ABORTED (by the signal's reason)
 */
export async function comparePrecisions(
  exact: Model,
  fast: Model,
  roots: readonly RootRow[],
  options: CompareOptions,
): Promise<Comparison> {
  const { signal, tried, workers, maxMemory, ...encoding } = options;
  const { paths, digest } = await somePhotos(roots);
  const state = digest.update(exact.fingerprint).update(fast.fingerprint).digest("hex").slice(0, 32);
  if (paths.length < leastPhotos || state === tried) return { agreement: undefined, state, spent: 0 };
  const pairs = Math.min(mostPairs, planMemory(exact, workers ?? availableParallelism(), maxMemory).workers);
  const sample = new Sample(paths, signal);
  const encodings = Array.from({ length: pairs }, () => encodeWithBoth(exact, fast, encoding, sample));
  // None is left behind where one fails.
  await Promise.allSettled(encodings);
  const times = await Promise.all(encodings);
  const both = sample.taken();
  const [a, b] = await Promise.all([encodeTexts(exact, queries), encodeTexts(fast, queries)]);
  const encodedBy = (which: 0 | 1, texts: readonly Float32Array[]): Encoded => ({
    vectors: both.map((vectors) => vectors[which]),
    texts,
    ms: times.reduce((sum, pair) => sum + pair[which].encode, 0),
  });
  const agreement = agreementOf(encodedBy(0, a), encodedBy(1, b));
  const spent = times.flat().reduce((sum, time) => sum + sumOfTimes(time), 0);
  return { agreement: { ...agreement, saturates: saturates(fast) }, state, spent };
}

/** The two vectors of a photo: the exact one, and the fast one. */
type Vectors = readonly [Float32Array, Float32Array];

/** The candidates, as they are taken one by one, and what became of them. */
class Sample {
  readonly #paths: readonly BytePath[];
  readonly #signal: AbortSignal | undefined;
  readonly #vectors: (Vectors | undefined)[] = [];
  #next = 0;
  #isOver = false;

  constructor(paths: readonly BytePath[], signal: AbortSignal | undefined) {
    this.#paths = paths;
    this.#signal = signal;
  }

  /** The next candidate, while photos are wanted. @throws the signal's reason */
  next(): { readonly path: BytePath; readonly put: (vectors: Vectors) => void } | undefined {
    this.#signal?.throwIfAborted();
    const path = this.#paths[this.#next];
    if (path === undefined || this.#isOver || this.taken().length === wantedPhotos) return undefined;
    const at = this.#next++;
    return { path, put: (vectors) => void (this.#vectors[at] = vectors) };
  }

  /** Leaves it at the photos so far. */
  end(): void {
    this.#isOver = true;
  }

  /** Of the photos so far, in the order of the candidates, as many as are wanted. */
  taken(): readonly Vectors[] {
    return this.#vectors.filter((vectors) => vectors !== undefined).slice(0, wantedPhotos);
  }
}

/** Encodes photos with both, one after the other, by encoders that end with it; resolves to what each has spent. */
async function encodeWithBoth(
  exact: Model,
  fast: Model,
  options: PhotoEncoderOptions,
  sample: Sample,
): Promise<readonly [EncoderTimes, EncoderTimes]> {
  await using exactEncoder = PhotoEncoder.start(exact, options);
  await using fastEncoder = PhotoEncoder.start(fast, options);
  const vectorBy = async (encoder: PhotoEncoder, path: BytePath): Promise<Float32Array> => {
    await encoder.read(path);
    return (await encoder.encode()).vector;
  };
  let times: readonly [EncoderTimes, EncoderTimes] = [noTimes, noTimes];
  for (let photo = sample.next(); photo !== undefined; photo = sample.next()) {
    const { path, put } = photo;
    try {
      put([await vectorBy(exactEncoder, path), await vectorBy(fastEncoder, path)]);
      times = await Promise.all([exactEncoder.times(), fastEncoder.times()]);
    } catch (error) {
      // The run that follows will say so of this photo.
      if (error instanceof ClipfindError && error.code === "IMAGE_UNREADABLE") continue;
      sample.end();
      // What it has in hand may crash a decoder: the photos so far must do.
      if (error instanceof ProcessLost) break;
      throw error;
    }
  }
  return times;
}

/** The candidates among which the photos are spread, so that one long series does not fill the sample. */
const candidates = 1024;

/** The first candidates in `roots`: first every so many-th, then those between; and what they are, as a hash. */
async function somePhotos(roots: readonly RootRow[]): Promise<{ paths: BytePath[]; digest: Hash }> {
  const paths: BytePath[] = [];
  const digest = createHash("sha256");
  for await (const { directories } of walkDirectories({ roots, extensions: imageExtensions, known: [] })) {
    for (const { path, files, digest: inside } of directories) {
      // How many come at once is left to chance.
      if (paths.length === candidates) break;
      digest.update(`${path}\0`).update(inside);
      for (const { name } of files) if (paths.length < candidates) paths.push(joinBytePath(path, name));
    }
    if (paths.length === candidates) break;
  }
  const stride = Math.max(1, Math.floor(paths.length / wantedPhotos));
  const spread = Array.from({ length: stride }, (_, start) => paths.filter((_path, at) => at % stride === start));
  return { paths: spread.flat(), digest };
}
