import assert from "node:assert/strict";
import { copyFileSync } from "node:fs";
import { join } from "node:path";
import { compileModel } from "@clipfind/core";
import { directory as miniModel } from "@clipfind/model-mini";
import { type ClipConfig, writeRandomClip } from "../../test/support/random-clip.ts";
import type { Context } from "../context.ts";
import { makeExportedClip } from "../exported-clip.ts";
import type { Measurement } from "../measurement.ts";
import { PeerMissing, PeerProcess } from "../peers/process.ts";
import { kernels } from "../store.ts";

const small: ClipConfig = {
  embed_dim: 64,
  vision_cfg: { image_size: 64, layers: 1, width: 64, patch_size: 32 },
  text_cfg: { context_length: 77, vocab_size: 49_408, width: 64, heads: 1, layers: 1 },
};

/** What a contestant made of pictures: vectors in their order, times in milliseconds. */
interface Answer {
  readonly ms: number;
  readonly cpu: number;
  readonly vectors: readonly (readonly number[])[];
}

/** Pictures of which the vectors are compared. */
const compared = 8;

/**
 * The image tower alone, from decoded pixels: CPU time per picture of one single-threaded session, and pictures per
 * second of two, against plain onnxruntime with the exported float32 graph of the same weights. ViT-B/32 of 256 pixels,
 * **random weights**: as slow as one that was trained.
 */
export async function benchTowers(context: Context): Promise<Measurement[]> {
  const folder = context.folder();
  const [source, model] = [join(folder, "source"), join(folder, "model")];
  const hasExport = !context.check && exportedOrSkipped(context, source);
  if (!hasExport) writeRandomClip(source, small);
  if (!hasExport && !context.check) return [];
  copyFileSync(join(miniModel, "textual/tokenizer.json"), join(source, "tokenizer.json"));
  await compileModel({ source, target: model, name: "random weights" });
  const subject = hasExport ? "ViT-B/32-256, random weights" : "a tiny tower, random weights";

  await using int8 = await tower("int8", model);
  await using fp32 = await tower("fp32", model);
  await using plain = hasExport ? await tower("exported", join(source, "visual.onnx")) : undefined;
  const cosines = await assertIndependent(model, { int8, fp32 }, plain);
  const one = { int8, fp32, ...(plain && { plain }) };
  const best = await raceOfCpu(context, one);
  await using second = await tower("int8", model);
  await using all = hasExport ? await tower("exported", join(source, "visual.onnx"), 0) : undefined;
  const rate = await raceOfRates(context, { single: [int8], pair: [int8, second], ...(all && { plain: [all] }) });

  const peer = plain?.greeting.version ?? "";
  // Without instructions for products of bytes int8 need only be no slower; where it is, fp32 is what index uses.
  const wanted = hasByteProducts() ? 3 : 1;
  const against = (ms: number): Record<string, number> =>
    best.plain === undefined ? {} : { [`${peer}, exported float32 graph`]: best.plain / ms };
  const exportBar = (bar: number): Record<string, number> =>
    plain ? { [`${peer}, exported float32 graph`]: bar } : {};
  const of = `image tower, ${subject}, one thread`;
  return [
    {
      subject: `${of}, int8`,
      value: best.int8,
      unit: "ms CPU",
      ratios: { "40 ms": 40 / best.int8, "our fp32": best.fp32 / best.int8, ...against(best.int8) },
      bars: { "40 ms": 1, "our fp32": wanted, ...exportBar(wanted) },
      details: { "instructions for products of bytes": String(hasByteProducts()), ...cosines.int8 },
    },
    {
      subject: `${of}, fp32`,
      value: best.fp32,
      unit: "ms CPU",
      ratios: against(best.fp32),
      bars: exportBar(1),
      details: cosines.fp32,
    },
    {
      subject: `image tower, ${subject}, int8, two workers, from decoded pixels`,
      value: rate.pair,
      unit: "images/s",
      ratios: {
        "one worker": rate.pair / rate.single,
        "45 images/s": rate.pair / 45,
        ...(rate.plain !== undefined && { [`${peer}, all threads, batches of 8`]: rate.pair / rate.plain }),
      },
      bars: { "one worker": 1.8, "45 images/s": 1 },
      details: { "one worker, images/s": rate.single },
    },
  ];
}

/**
 * A picture's vector is the same to the bit alone in a fresh process and among others, in whatever order; and that of the
 * exported graph, up to what float32 leaves open.
 */
async function assertIndependent(
  model: string,
  towers: Readonly<Record<"fp32" | "int8", PeerProcess>>,
  plain: PeerProcess | undefined,
): Promise<Record<"fp32" | "int8", Record<string, number>>> {
  const truth = plain && (await plain.ask<Answer>({ first: 0, count: compared, batch: 1 })).vectors;
  const batched = plain && (await plain.ask<Answer>({ first: 0, count: compared, batch: compared })).vectors;
  const found: Record<"fp32" | "int8", Record<string, number>> = { fp32: {}, int8: {} };
  for (const precision of ["fp32", "int8"] as const) {
    const process = towers[precision];
    const { vectors } = await process.ask<Answer>({ first: 0, count: compared, batch: 1 });
    assert.equal(new Set(vectors.map(String)).size, compared, "pictures of their own have vectors of their own");
    for (const number of [compared - 1, 0]) {
      await using alone = await tower(precision, model);
      const [vector] = (await alone.ask<Answer>({ first: number, count: 1, batch: 1 })).vectors;
      assert.deepEqual(vector, vectors[number], `${precision}: picture ${number} alone and among others`);
    }
    const cosines = vectors.map((vector, row) => (truth ? dot(vector, truth[row] as number[]) : 1));
    if (precision === "fp32") assert.ok(Math.min(...cosines) > 0.9999, `fp32: cosine ${Math.min(...cosines)}`);
    const least = { "cosine to the exported float32 graph, least": Math.min(...cosines) };
    found[precision] = truth === undefined ? {} : least;
  }
  const [some, others] = [truth ?? [], batched ?? []];
  const apart = some.map((vector, row) => Math.max(...vector.map((x, i) => Math.abs(x - (others[row]?.[i] ?? 0)))));
  if (truth) found.fp32["exported graph: batch of 8 against 1, largest difference"] = Math.max(...apart);
  return found;
}

/** CPU time per picture of the best round. */
async function raceOfCpu<Towers extends Readonly<Record<string, PeerProcess>>>(
  context: Context,
  towers: Towers,
): Promise<{ [Name in keyof Towers]: number }> {
  const count = context.check ? 1 : 16;
  const best: Record<string, number> = {};
  for (let round = 0; round < context.rounds; round++) {
    for (const [name, process] of Object.entries(towers)) {
      const { cpu, vectors } = await process.ask<Answer>({ first: 100, count, batch: 1 });
      assert.equal(vectors.length, count);
      best[name] = Math.min(best[name] ?? Infinity, cpu / count);
    }
  }
  return best as { [Name in keyof Towers]: number };
}

/** Pictures per second of towers that work side by side, in the best round. */
async function raceOfRates<Groups extends Readonly<Record<string, readonly PeerProcess[]>>>(
  context: Context,
  groups: Groups,
): Promise<{ [Name in keyof Groups]: number }> {
  const count = context.check ? 2 : 64;
  const best: Record<string, number> = {};
  for (let round = 0; round < context.rounds; round++) {
    for (const [name, group] of Object.entries(groups)) {
      // The slowest of them counts: each says how long its own pictures took.
      const answers = await Promise.all(
        group.map((process) => process.ask<Answer>({ first: 200, count, batch: name === "plain" ? 8 : 1 })),
      );
      const rate = (1000 * count * group.length) / Math.max(...answers.map(({ ms }) => ms));
      best[name] = Math.max(best[name] ?? 0, rate);
    }
  }
  return best as { [Name in keyof Groups]: number };
}

function tower(kind: string, path: string, threads = 1): Promise<PeerProcess> {
  return PeerProcess.start(process.execPath, ["tower.ts", kind, path, String(threads)]);
}

function exportedOrSkipped(context: Context, source: string): boolean {
  try {
    makeExportedClip(source);
    return true;
  } catch (error) {
    if (!(error instanceof PeerMissing)) throw error;
    context.skip("towers", error.message);
    return false;
  }
}

function hasByteProducts(): boolean {
  return kernels().features.some((feature) => ["avx512vnni", "avxvnni", "dotprod"].includes(feature));
}

function dot(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, x, i) => sum + x * (b[i] as number), 0);
}
