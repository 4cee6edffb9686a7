import { readFileSync } from "node:fs";
import { join } from "node:path";
import { InferenceSession, Tensor } from "onnxruntime-node";
import sharp from "sharp";

// What the two ONNX files of the stand-in give through the plainest computation: full decode, Pillow's bicubic written
// out as its definition says, ids from the reference tokenizer, sums in float64. It shares no code with the product.

const size = 224;
const mean = [0.48145466, 0.4578275, 0.40821073];
const std = [0.26862954, 0.26130258, 0.27577711];

/** Embeddings of photos and of texts, float64, unit length. */
export interface ReferenceEmbeddings {
  readonly images: Float64Array[];
  readonly texts: Float64Array[];
}

/** Runs both towers over `photos` (paths) and `texts` (which must be among the golden token cases). */
export async function referenceEmbeddings(
  shared: string,
  photos: readonly string[],
  texts: readonly string[],
): Promise<ReferenceEmbeddings> {
  const visual = await InferenceSession.create(join(shared, "models/standin/visual/model.onnx"));
  const textual = await InferenceSession.create(join(shared, "models/standin/textual/model.onnx"));
  const golden = JSON.parse(readFileSync(join(shared, "golden/clip-tokens.json"), "utf8")) as GoldenTokens;
  const ids = new Map(golden.cases.map((entry) => [entry.text, entry.ids]));

  const images: Float64Array[] = [];
  for (const photo of photos) {
    const feeds = { pixel_values: new Tensor("float32", await pixelValues(photo), [1, 3, size, size]) };
    images.push(unit((await visual.run(feeds))["image_embeds"] as Tensor));
  }
  const embedded: Float64Array[] = [];
  for (const text of texts) {
    const tokens = BigInt64Array.from(ids.get(text) as number[], BigInt);
    const output = await textual.run({ input_ids: new Tensor("int64", tokens, [1, tokens.length]) });
    embedded.push(unit(output["text_embeds"] as Tensor));
  }
  await visual.release();
  await textual.release();
  return { images, texts: embedded };
}

interface GoldenTokens {
  readonly cases: readonly { readonly text: string; readonly ids: number[] }[];
}

function unit(tensor: Tensor): Float64Array {
  const vector = Float64Array.from(tensor.data as Float32Array);
  const norm = Math.hypot(...vector);
  return vector.map((x) => x / norm);
}

async function pixelValues(photo: string): Promise<Float32Array> {
  const { data, info } = await sharp(photo).toColourspace("srgb").raw().toBuffer({ resolveWithObject: true });
  const short = Math.min(info.width, info.height);
  const [width, height] = [info.width, info.height].map((side) => Math.trunc((side * size) / short)) as [
    number,
    number,
  ];
  const columns = resample(data, info.height, info.width, 3, width);
  const resized = transposed(
    resample(transposed(columns, info.height, width), width, info.height, 3, height),
    width,
    height,
  );
  const [left, top] = [(width - size) / 2, (height - size) / 2].map(roundHalfEven) as [number, number];
  const output = new Float32Array(3 * size * size);
  for (let c = 0; c < 3; c++) {
    for (let y = 0; y < size; y++) {
      for (let x = 0; x < size; x++) {
        const pixel = resized[((y + top) * width + x + left) * 3 + c] as number;
        output[(c * size + y) * size + x] = (pixel / 255 - (mean[c] as number)) / (std[c] as number);
      }
    }
  }
  return output;
}

/** Rows of `from` pixels to rows of `to` pixels: antialiased bicubic (a = -0.5), rounded to 8 bit as Pillow does. */
function resample(data: Uint8Array, rows: number, from: number, channels: number, to: number): Uint8Array {
  const output = new Uint8ClampedArray(rows * to * channels);
  const scale = from / to;
  const support = 2 * Math.max(scale, 1);
  for (let x = 0; x < to; x++) {
    const center = (x + 0.5) * scale;
    const first = Math.max(0, Math.trunc(center - support + 0.5));
    const last = Math.min(from, Math.trunc(center + support + 0.5));
    const weights = Array.from({ length: last - first }, (_, i) =>
      cubic((first + i - center + 0.5) / Math.max(scale, 1)),
    );
    const sum = weights.reduce((a, b) => a + b, 0);
    for (let row = 0; row < rows; row++) {
      for (let c = 0; c < channels; c++) {
        let value = 0;
        for (const [i, weight] of weights.entries()) {
          value += (weight / sum) * (data[(row * from + first + i) * channels + c] as number);
        }
        output[(row * to + x) * channels + c] = Math.floor(value + 0.5);
      }
    }
  }
  return new Uint8Array(output.buffer);
}

function cubic(x: number): number {
  const [a, t] = [-0.5, Math.abs(x)];
  if (t < 1) return ((a + 2) * t - (a + 3)) * t * t + 1;
  return t < 2 ? (((t - 5) * t + 8) * t - 4) * a : 0;
}

function transposed(data: Uint8Array, rows: number, columns: number): Uint8Array {
  const output = new Uint8Array(data.length);
  for (let y = 0; y < rows; y++) {
    for (let x = 0; x < columns; x++) {
      for (let c = 0; c < 3; c++) output[(x * rows + y) * 3 + c] = data[(y * columns + x) * 3 + c] as number;
    }
  }
  return output;
}

function roundHalfEven(x: number): number {
  const floor = Math.floor(x);
  return x - floor === 0.5 ? floor + (floor % 2) : Math.round(x);
}
