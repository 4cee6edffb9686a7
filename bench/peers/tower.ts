// An image tower in a process of its own: `node tower.ts int8|fp32 MODEL_DIRECTORY THREADS`, or `exported VISUAL_ONNX THREADS`
// for plain onnxruntime. Its first line says that it is ready; then it answers lines like {"first":0,"count":8,"batch":1}
// with the vectors of these pictures, wall and CPU time. Pictures are decoded, and for onnxruntime normalised, before the
// time counts.
import { createInterface } from "node:readline";
import { InferenceSession, Tensor, env } from "onnxruntime-node";
import { ImageTower } from "../../packages/core/src/clip/image-tower.ts";
import { openModel } from "../../packages/core/src/models/open-model.ts";
import type { Precision } from "../../packages/core/src/precision.ts";
import { picture } from "../pictures.ts";

/** Embeds pictures, uint8 [size, size, 3]; prepared where that is not to be timed. */
interface Contestant {
  readonly version: string;
  readonly size: number;
  prepare(pictures: readonly Uint8Array[], batch: number): () => Promise<Float32Array[]>;
}

const [kind = "", path = "", threads = "1"] = process.argv.slice(2);
const contestant = kind === "exported" ? await exported() : await own(kind as Precision);
answer({ version: contestant.version });

for await (const line of createInterface({ input: process.stdin })) {
  const { first, count, batch } = JSON.parse(line) as { first: number; count: number; batch: number };
  const pictures = Array.from({ length: count }, (_, index) => picture(first + index, contestant.size));
  const run = contestant.prepare(pictures, batch);
  const [before, started] = [process.cpuUsage(), performance.now()];
  const vectors = await run();
  const ms = performance.now() - started;
  const { user, system } = process.cpuUsage(before);
  answer({ ms, cpu: (user + system) / 1000, vectors: vectors.map((vector) => Array.from(vector)) });
}

async function own(precision: Precision): Promise<Contestant> {
  const model = openModel(path, precision);
  const tower = await ImageTower.open(model);
  return {
    version: "clipfind",
    size: model.manifest.image.size,
    prepare: (pictures) => async () => {
      const vectors: Float32Array[] = [];
      for (const pixels of pictures) vectors.push(await tower.embedPixels(pixels));
      return vectors;
    },
  };
}

async function exported(): Promise<Contestant> {
  const session = await InferenceSession.create(path, { intraOpNumThreads: Number(threads), logSeverityLevel: 3 });
  const [input = "", output = ""] = [session.inputNames[0], session.outputNames[0]];
  const { shape } = session.inputMetadata[0] as InferenceSession.TensorValueMetadata;
  const size = shape[2] as number;
  return {
    version: `onnxruntime ${env.versions.node}`,
    size,
    prepare: (pictures, batch) => {
      const tensors: Tensor[] = [];
      for (let at = 0; at < pictures.length; at += batch) {
        const some = pictures.slice(at, at + batch);
        const values = new Float32Array(some.length * 3 * size * size);
        for (const [index, pixels] of some.entries()) normalize(pixels, size, values, index * 3 * size * size);
        tensors.push(new Tensor("float32", values, [some.length, 3, size, size]));
      }
      return async () => {
        const vectors: Float32Array[] = [];
        for (const tensor of tensors) {
          const { data, dims } = (await session.run({ [input]: tensor }))[output] as Tensor;
          const length = dims[1] as number;
          for (let row = 0; row < (dims[0] as number); row++) {
            vectors.push(unit((data as Float32Array).subarray(row * length, (row + 1) * length)));
          }
        }
        return vectors;
      };
    },
  };
}

/** As CLIP's publishers do it. */
function normalize(pixels: Uint8Array, size: number, values: Float32Array, offset: number): void {
  const [mean, std] = [
    [0.48145466, 0.4578275, 0.40821073],
    [0.26862954, 0.26130258, 0.27577711],
  ] as const;
  for (const [at, value] of pixels.entries()) {
    const channel = at % 3;
    const place = offset + channel * size * size + Math.floor(at / 3);
    values[place] = (value / 255 - (mean[channel] as number)) / (std[channel] as number);
  }
}

function unit(vector: Float32Array): Float32Array {
  const norm = Math.hypot(...vector);
  return vector.map((x) => x / norm);
}

function answer(value: object): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}
