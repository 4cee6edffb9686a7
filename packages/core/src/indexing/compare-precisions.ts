import { createHash, type Hash } from "node:crypto";
import { type BytePath, joinBytePath } from "../byte-path.ts";
import { encodeTexts } from "../clip/encode-texts.ts";
import type { RootRow } from "../db/roots-table.ts";
import { walkDirectories } from "../directory-walk.ts";
import { ClipfindError } from "../errors.ts";
import type { Model } from "../models/open-model.ts";
import { PhotoEncoder, type PhotoEncoderOptions } from "../photos/photo-encoder.ts";
import { sumOfTimes } from "../photos/stage-times.ts";
import { imageExtensions } from "../scan/image-names.ts";
import { ProcessLost } from "../threads/worker-process.ts";
import type { Agreement } from "../precision.ts";
import { agreementOf, leastPhotos, saturates } from "./agreement.ts";

/** Photos to compare: as many as tell a mean from a bad luck, in some ten seconds. */
const wantedPhotos = 64;

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

export interface CompareOptions extends PhotoEncoderOptions {
  readonly signal?: AbortSignal | undefined;
  /** The state of the last comparison, if that settled nothing. */
  readonly tried?: string | undefined;
}

/**
 * Encodes the first photos in `roots` with both models, which differ in precision only, and compares. With too few
 * candidates to settle anything, or those that settled nothing before, it starts nothing.
 * @throws ClipfindError MODEL_*, ABORTED (by the signal's reason)
 */
export async function comparePrecisions(
  exact: Model,
  fast: Model,
  roots: readonly RootRow[],
  options: CompareOptions,
): Promise<Comparison> {
  const { signal, tried, ...encoding } = options;
  const { paths, digest } = await somePhotos(roots);
  const state = digest.update(exact.fingerprint).update(fast.fingerprint).digest("hex").slice(0, 32);
  if (paths.length < leastPhotos || state === tried) return { agreement: undefined, state, spent: 0 };
  await using exactEncoder = PhotoEncoder.start(exact, encoding);
  await using fastEncoder = PhotoEncoder.start(fast, encoding);
  const encoders = [exactEncoder, fastEncoder] as const;
  const vectors = [[], []] as [Float32Array[], Float32Array[]];
  let ms = [0, 0];
  let spent = 0;
  for (const path of paths) {
    signal?.throwIfAborted();
    try {
      // One after the other, so that neither is timed while the other works.
      const both: Float32Array[] = [];
      for (const encoder of encoders) {
        await encoder.read(path);
        both.push((await encoder.encode()).vector);
      }
      for (const [at, vector] of both.entries()) vectors[at]!.push(vector);
      const times = await Promise.all(encoders.map((encoder) => encoder.times()));
      ms = times.map(({ encode }) => encode);
      spent = times.map(sumOfTimes).reduce((sum, time) => sum + time);
    } catch (error) {
      // The run that follows will say so of this photo.
      if (error instanceof ClipfindError && error.code === "IMAGE_UNREADABLE") continue;
      // What it has in hand may crash a decoder: the photos so far must do.
      if (error instanceof ProcessLost) break;
      throw error;
    }
    if (vectors[0].length === wantedPhotos) break;
  }
  const [a, b] = await Promise.all([encodeTexts(exact, queries), encodeTexts(fast, queries)]);
  const [slow, quick] = [
    { vectors: vectors[0], texts: a, ms: ms[0]! },
    { vectors: vectors[1], texts: b, ms: ms[1]! },
  ];
  return { agreement: { ...agreementOf(slow, quick), saturates: saturates(fast) }, state, spent };
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
