import { type BytePath, joinBytePath } from "../byte-path.ts";
import { ClipTextEncoder } from "../clip/text-encoder.ts";
import type { RootRow } from "../db/roots-table.ts";
import { walkDirectories } from "../directory-walk.ts";
import { ClipfindError } from "../errors.ts";
import type { Model } from "../models/open-model.ts";
import { PhotoEncoder, type PhotoEncoderOptions } from "../photos/photo-encoder.ts";
import { imageExtensions } from "../scan/image-names.ts";
import { ProcessLost } from "../threads/worker-process.ts";
import type { Agreement } from "../precision.ts";
import { agreementOf, leastPhotos } from "./agreement.ts";

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

/**
 * Encodes the first photos in `roots` with both models, which differ in precision only, and compares. With too few
 * candidates to settle anything it starts nothing, and gives undefined: a small library asks again at each run.
 * @throws ClipfindError MODEL_*, ABORTED (by the signal's reason)
 */
export async function comparePrecisions(
  exact: Model,
  fast: Model,
  roots: readonly RootRow[],
  options: PhotoEncoderOptions & { readonly signal?: AbortSignal | undefined },
): Promise<Agreement | undefined> {
  const { signal, ...encoding } = options;
  const paths = await somePhotos(roots);
  if (paths.length < leastPhotos) return undefined;
  await using exactEncoder = PhotoEncoder.start(exact, encoding);
  await using fastEncoder = PhotoEncoder.start(fast, encoding);
  const encoders = [exactEncoder, fastEncoder] as const;
  const vectors = [[], []] as [Float32Array[], Float32Array[]];
  let ms = [0, 0];
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
      ms = await Promise.all(encoders.map(async (encoder) => (await encoder.times()).encode));
    } catch (error) {
      // The run that follows will say so of this photo.
      if (error instanceof ClipfindError && error.code === "IMAGE_UNREADABLE") continue;
      // What it has in hand may crash a decoder: the photos so far must do.
      if (error instanceof ProcessLost) break;
      throw error;
    }
    if (vectors[0].length === wantedPhotos) break;
  }
  const [a, b] = [await textVectors(exact), await textVectors(fast)];
  return agreementOf({ vectors: vectors[0], texts: a, ms: ms[0]! }, { vectors: vectors[1], texts: b, ms: ms[1]! });
}

async function textVectors(model: Model): Promise<Float32Array[]> {
  await using encoder = ClipTextEncoder.open(model);
  const vectors: Float32Array[] = [];
  for (const query of queries) vectors.push((await encoder.encode(query)).vector);
  return vectors;
}

/** The candidates among which the photos are spread, so that one long series does not fill the sample. */
const candidates = 1024;

/** The first candidates in `roots`: first every so many-th, then those between. */
async function somePhotos(roots: readonly RootRow[]): Promise<BytePath[]> {
  const paths: BytePath[] = [];
  for await (const { directories } of walkDirectories({ roots, extensions: imageExtensions, known: [] })) {
    for (const { path, files } of directories) {
      for (const { name } of files) if (paths.length < candidates) paths.push(joinBytePath(path, name));
    }
    if (paths.length === candidates) break;
  }
  const stride = Math.max(1, Math.floor(paths.length / wantedPhotos));
  return Array.from({ length: stride }, (_, start) => paths.filter((_path, at) => at % stride === start)).flat();
}
