import { joinBytePath } from "../byte-path.ts";
import { ClipfindError } from "../errors.ts";
import type { Model } from "../models/open-model.ts";
import type { PhotoEncoders } from "../photos/photo-encoders.ts";
import { ProcessLost } from "../threads/worker-process.ts";
import { changeSince, photoOfRow } from "./photo-of-row.ts";
import type { PhotosOnDisk } from "./photos-on-disk.ts";
import type { RclipDatabase } from "./rclip-database.ts";
import type { VectorAgreement } from "./rclip-import-event.ts";
import { rclipVector } from "./rclip-vector.ts";

/** Photos that are compared. */
const wanted = 8;
/** Photos that are tried: some may be broken, or in formats that only one of the two programs reads. */
const tried = 32;
/**
 * The least median. Vectors of one model agree to 0.99 and better, but for single photos: rclip does not turn them by
 * their EXIF orientation, and takes transparent parts otherwise. Those of two models have nothing to do with each other.
 */
const leastMedian = 0.95;

/** What an import works with to tell which photo a row is about. */
export interface ImportSource {
  readonly database: RclipDatabase;
  readonly photos: PhotosOnDisk;
}

/** What rclip's vectors are compared with. */
export interface AgreementMeans {
  readonly model: Model;
  /** Of that model. */
  readonly encoders: PhotoEncoders;
  readonly signal: AbortSignal | undefined;
}

/**
 * Makes sure that rclip's vectors are the model's: encodes photos from all over the index and compares.
 * @param ids - rows whose files are as rclip has seen them
 * @throws ClipfindError MODEL_MISMATCH with the figures; MODEL_* where the model does not run; the signal's reason
 */
export async function checkAgreement(
  source: ImportSource,
  ids: readonly number[],
  { model, encoders, signal }: AgreementMeans,
): Promise<VectorAgreement> {
  const cosines: number[] = [];
  for (const id of spread(ids)) {
    signal?.throwIfAborted();
    const cosine = await cosineOf(source, id, model, encoders);
    if (cosine !== undefined) cosines.push(cosine);
    if (cosines.length === wanted) break;
  }
  return agreement(cosines, model);
}

/** Rows from all over, the first few of them, too: by the golden ratio. */
function spread(ids: readonly number[]): Iterable<number> {
  if (ids.length <= tried) return ids;
  const ratio = (Math.sqrt(5) - 1) / 2;
  const places = Array.from({ length: tried }, (_, index) => Math.floor(((index * ratio) % 1) * ids.length));
  return new Set(places.map((place) => ids[place] as number));
}

/** Cosine between rclip's vector of a photo and the model's; undefined where there is one of them only. */
async function cosineOf(
  { database, photos }: ImportSource,
  id: number,
  model: Model,
  encoders: PhotoEncoders,
): Promise<number | undefined> {
  const entry = database.entry(id);
  const vector = entry && rclipVector(entry.vector, model.manifest.dims);
  const photo = entry && photoOfRow(entry.row, photos);
  if (entry === undefined || vector === undefined || photo === undefined || "why" in photo) return undefined;
  try {
    return await (encoders.slots[0] as PhotoEncoders["slots"][number]).use(async (encoder) => {
      const { fingerprint } = await encoder.read(joinBytePath(photo.directory, photo.name));
      if (changeSince(entry.row, fingerprint) !== undefined) return undefined;
      const encoded = await encoder.encode();
      return vector.reduce((sum, value, at) => sum + value * (encoded.vector[at] as number), 0);
    });
  } catch (error) {
    // A photo that cannot be read says nothing about the model.
    const isThePhoto = error instanceof ClipfindError && error.code === "IMAGE_UNREADABLE";
    if (!isThePhoto && !(error instanceof ProcessLost)) throw error;
    return undefined;
  }
}

function agreement(cosines: readonly number[], model: Model): VectorAgreement {
  const sorted = cosines.toSorted((a, b) => a - b);
  const [photos, middle] = [sorted.length, sorted.length / 2];
  const hint =
    "rclip 3 has the model ViT-B-32-256 (datacomp_s34b_b86k) of OpenCLIP: name a directory of it with --model " +
    "(docs/import-rclip.md). Nothing was imported.";
  const [lowest, highest] = [sorted[0], sorted.at(-1)];
  if (lowest === undefined || highest === undefined) {
    throw new ClipfindError(
      "MODEL_MISMATCH",
      `Expected photos to compare rclip's vectors with those of ${model.manifest.name}, but none could be decoded`,
      { hint: "If you are sure that the vectors are of this model, say --no-check. Nothing was imported." },
    );
  }
  const median = ((sorted[Math.ceil(middle) - 1] as number) + (sorted[Math.floor(middle)] as number)) / 2;
  if (median >= leastMedian) return { photos, median, lowest };
  const range = `(from ${lowest.toFixed(3)} to ${highest.toFixed(3)})`;
  throw new ClipfindError(
    "MODEL_MISMATCH",
    `rclip's vectors are not of ${model.manifest.name}: of ${photos} photos encoded with it, the median cosine with ` +
      `rclip's vectors is ${median.toFixed(3)} ${range}, expected ${leastMedian} or more`,
    { hint },
  );
}
