import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { compileModel, type Precision } from "@clipfind/core";
import { withGraphsForTexts } from "../../test/support/tower-graphs.ts";
import { type ClipConfig, vitB32At256, writeRandomClip } from "../../test/support/random-clip.ts";
import type { Context } from "../context.ts";
import { type Measurement, race } from "../measurement.ts";

const small: ClipConfig = {
  embed_dim: 64,
  vision_cfg: { image_size: 32, layers: 1, width: 64, patch_size: 32 },
  text_cfg: { context_length: 77, vocab_size: 49_408, width: 64, heads: 1, layers: 2 },
};

/** What bench/peers/text-tower.ts prints. */
interface Run {
  readonly first: number;
  readonly next: number;
  readonly cpu: number;
  readonly vectors: readonly (readonly number[])[];
}

/**
 * A text's vector with clipfind's own tower and with the graph of the same weights on onnxruntime, each in fresh
 * processes: until the first one is there, loading included, and one more. ViT-B/32-256 of random weights.
 */
export async function benchTextTower(context: Context): Promise<Measurement[]> {
  const folder = context.folder();
  const [source, own, graphs] = ["source", "own", "graphs"].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  writeRandomClip(source, context.check ? small : vitB32At256);
  await compileModel({ source, target: own, name: "random weights" });
  await withGraphsForTexts(source, own, graphs);

  const measurements: Measurement[] = [];
  const exact = run(graphs, "fp32").vectors;
  for (const [precision, bar, least] of [
    ["int8", 3, 0.99],
    ["fp32", 1.5, 0.999_999],
  ] as const) {
    const best = { own: fastest(), graphs: fastest() };
    await race(context.rounds, {
      own: async () => best.own.add(run(own, precision)),
      graphs: async () => best.graphs.add(run(graphs, precision)),
    });
    for (const [at, vector] of run(own, precision).vectors.entries()) {
      const cosine = vector.reduce((sum, value, i) => sum + value * (exact[at]![i] as number), 0);
      assert.ok(cosine > least, `${precision}: cosine ${cosine} to onnxruntime in fp32`);
    }
    measurements.push({
      subject: `a text's vector in a fresh process, ${precision}: loading and the first one`,
      value: best.own.first,
      unit: "ms",
      ratios: {
        "onnxruntime's graph": best.graphs.first / best.own.first,
        "its CPU time": best.graphs.cpu / best.own.cpu,
        "its next text": best.graphs.next / best.own.next,
      },
      bars: { "onnxruntime's graph": bar },
      details: { "CPU time, ms": best.own.cpu, "the next one, ms": best.own.next },
    });
  }
  return measurements;
}

/** The least of each figure over some runs. */
function fastest() {
  return {
    first: Infinity,
    next: Infinity,
    cpu: Infinity,
    add({ first, next, cpu }: Run): number {
      this.first = Math.min(this.first, first);
      this.next = Math.min(this.next, next);
      this.cpu = Math.min(this.cpu, cpu);
      return first;
    },
  };
}

const script = fileURLToPath(new URL("../peers/text-tower.ts", import.meta.url));

function run(directory: string, precision: Precision): Run {
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, directory, precision], { encoding: "utf8" });
  assert.equal(status, 0, stderr);
  return JSON.parse(stdout) as Run;
}
