import assert from "node:assert/strict";
import { appendFileSync, copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Library } from "@clipfind/core";
import { InferenceSession, Tensor } from "onnxruntime-node";
import sharp from "sharp";
import { shared } from "../../test/support/shared.ts";
import { makeStandinModel } from "../../test/support/standin-model.ts";
import type { Measurement } from "../measurement.ts";

const size = 224;
const means = [0.48145466, 0.4578275, 0.40821073];
const deviations = [0.26862954, 0.26130258, 0.27577711];

/** Photos per second from files to committed vectors, against the script one would write first. Stand-in model. */
export async function benchIndex(check: boolean): Promise<Measurement[]> {
  if (shared === undefined) {
    process.stderr.write("index: skipped, it needs the test data folder `shared` beside the repository\n");
    return [];
  }
  const directory = mkdtempSync(join(tmpdir(), "clipfind-bench-"));
  try {
    const model = join(directory, "model");
    mkdirSync(model);
    await makeStandinModel(shared, model);
    const photos = makePhotos(join(shared, "photos"), join(directory, "photos"), check ? 4 : 408);

    await using library = Library.open(join(directory, "library"), { model });
    const started = performance.now();
    let stages: Readonly<Record<string, number>> = {};
    for await (const event of library.index([join(directory, "photos")])) {
      assert.notEqual(event.type, "problem");
      if (event.type === "done") stages = { ...event.stages };
    }
    const ours = performance.now() - started;

    const plainStarted = performance.now();
    const vectors = await plainScript(join(model, "visual/model.onnx"), photos);
    const plain = performance.now() - plainStarted;

    await assertSameAnswers(library, join(model, "textual"), vectors, photos);
    const rate = (photos.length * 1000) / ours;
    return [
      {
        subject: `files to committed vectors, ${photos.length} photos of 640 × 480, stand-in model (not CLIP)`,
        value: rate,
        unit: "photos/s",
        ratios: { "a plain sharp + onnxruntime script": plain / ours },
        details: Object.fromEntries(
          Object.entries(stages).map(([stage, ms]) => [`${stage}, ms CPU per photo`, ms / photos.length]),
        ),
      },
    ];
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** `count` files of distinct content: the test photos, over and over, with a byte more behind the end of the image. */
function makePhotos(source: string, target: string, count: number): string[] {
  mkdirSync(target);
  const names = readdirSync(source).filter((name) => name.endsWith(".jpg"));
  return Array.from({ length: count }, (_, index) => {
    const path = join(target, `${String(index).padStart(4, "0")}.jpg`);
    copyFileSync(join(source, names[index % names.length] as string), path);
    appendFileSync(path, String(index));
    return path;
  });
}

/** One photo after the other with default threads; sharp alone decodes, resizes and crops; nothing is stored. */
async function plainScript(model: string, photos: readonly string[]): Promise<Float32Array[]> {
  const session = await InferenceSession.create(model);
  const vectors: Float32Array[] = [];
  for (const photo of photos) {
    // This is what the plain script does.
    const { width, height } = await sharp(photo).metadata();
    const short = Math.min(width, height);
    const resized = { width: Math.trunc((width * size) / short), height: Math.trunc((height * size) / short) };
    const pixels = await sharp(photo)
      .resize({ ...resized, fit: "fill", kernel: "cubic" })
      .extract({
        left: Math.round((resized.width - size) / 2),
        top: Math.round((resized.height - size) / 2),
        width: size,
        height: size,
      })
      .raw()
      .toBuffer();
    const plane = size * size;
    const input = new Float32Array(3 * plane);
    for (let i = 0; i < plane; i++) {
      for (let c = 0; c < 3; c++) {
        input[c * plane + i] = ((pixels[3 * i + c] as number) / 255 - (means[c] as number)) / (deviations[c] as number);
      }
    }
    const output = await session.run({ pixel_values: new Tensor("float32", input, [1, 3, size, size]) });
    vectors.push((output["image_embeds"] as Tensor).data as Float32Array);
  }
  await session.release();
  return vectors;
}

/** A text query must score the photos as the plain script's vectors do. */
async function assertSameAnswers(
  library: Library,
  textual: string,
  vectors: readonly Float32Array[],
  photos: readonly string[],
): Promise<void> {
  const { hits } = await library.search("a photo", { limit: photos.length });
  assert.equal(hits.length, photos.length);
  // Ids of "a photo" in CLIP's vocabulary (shared/golden/clip-tokens.json has them).
  const session = await InferenceSession.create(join(textual, "model.onnx"));
  const ids = new Tensor("int64", BigInt64Array.of(49406n, 320n, 1125n, 49407n), [1, 4]);
  const query = ((await session.run({ input_ids: ids }))["text_embeds"] as Tensor).data as Float32Array;
  await session.release();
  const scores = new Map(
    photos.map((photo, row) => [
      photo,
      (vectors[row] as Float32Array).reduce((sum, x, i) => sum + x * (query[i] as number), 0),
    ]),
  );
  const differences = hits.map(({ path, score }) => Math.abs((score as number) - (scores.get(path) as number)));
  // The two resize a little differently, and the stand-in's int8 tower makes more of it than CLIP would.
  const mean = differences.reduce((a, b) => a + b, 0) / differences.length;
  assert.ok(
    mean < 0.01 && Math.max(...differences) < 0.2,
    `scores differ by ${mean} in the mean: ${differences.join(" ")}`,
  );
}
