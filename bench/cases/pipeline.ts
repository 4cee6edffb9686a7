import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { copyFileSync, existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { Library, type Precision, compileModel } from "@clipfind/core";
import { shared } from "../../test/support/shared.ts";
import { makeStandinModel } from "../../test/support/standin-model.ts";
import type { Context } from "../context.ts";
import { type Measurement, race } from "../measurement.ts";
import { makeExportedClip } from "../exported-clip.ts";
import { rclipPython } from "../peers.ts";
import { PeerMissing, PeerProcess } from "../peers/process.ts";
import { openSqlite } from "../peers/sqlite.ts";
import { makePhotographs } from "../photographs.ts";
import { VectorStore } from "../store.ts";

const dims = 512;

/** Photos, enough for ten seconds of ours with int8; bars against Python with the same weights in float32. */
const kinds = [
  { name: "12 MP", width: 4000, height: 3000, noise: 4, count: 240, bars: { int8: 4, fp32: 1.8 } },
  { name: "2.5 MP", width: 1826, height: 1370, noise: 3, count: 360, bars: { int8: 3 } },
  { name: "0.2 MP", width: 516, height: 387, noise: 0, count: 480, bars: { int8: 2.5 } },
] as const;

/** What an index run of ours came to. */
interface Run {
  readonly ms: number;
  /** CPU time of this process and its children, in milliseconds; 0 where it cannot be told. */
  readonly cpu: number;
  readonly stages: Readonly<Record<string, number>>;
  /** In the order of the photos' names. */
  readonly vectors: readonly Float32Array[];
}

/**
 * Photos per second from files to committed vectors, start and end of all processes included, against rclip and a plain
 * Python script. A ViT-B/32 of 256 pixels with random weights: as slow as one that was trained.
 */
export async function benchPipeline(context: Context): Promise<Measurement[]> {
  if (shared === undefined) {
    context.skip("pipeline", "it needs the test data folder `shared` beside the repository");
    return [];
  }
  const folder = context.folder();
  const model = join(folder, "model");
  const source = join(folder, "random");
  if (context.check) {
    await makeStandinModel(shared, model);
  } else {
    try {
      makeExportedClip(source);
    } catch (error) {
      if (!(error instanceof PeerMissing)) throw error;
      context.skip("pipeline", error.message);
      return [];
    }
    copyFileSync(join(shared, "models/standin/textual/tokenizer.json"), join(source, "tokenizer.json"));
    await compileModel({ source, target: model, name: "ViT-B/32-256, random weights" });
  }
  const measurements: Measurement[] = [];
  for (const { name, width, height, noise, count, bars } of kinds) {
    const photos = join(folder, `photos ${name}`);
    const files = context.check ? 4 : count;
    const bits = await makePhotographs(join(shared, "photos"), photos, files, { width, height, noise });
    const subject = `${files} JPEGs of ${name}, ${bits.toFixed(1)} bits per pixel`;
    if (context.check) {
      measurements.push(measured(`${subject}, stand-in model`, await ours(context, model, photos), {}, {}));
    } else {
      measurements.push(
        ...(await compare(context, { model, photos, subject, bars, onnx: join(source, "visual.onnx") })),
      );
    }
  }
  return measurements;
}

async function compare(
  context: Context,
  request: {
    readonly model: string;
    readonly photos: string;
    readonly subject: string;
    readonly bars: Readonly<Partial<Record<Precision, number>>>;
    readonly onnx: string;
  },
): Promise<Measurement[]> {
  const { model, photos, subject, bars, onnx } = request;
  await using plain = await startPeer(context, "plain", onnx);
  await using rclip = await startPeer(context, "rclip", onnx);
  const peers = [plain, rclip].filter((peer) => peer !== undefined);
  const runs: Partial<Record<Precision, Run>> = {};
  const vectors = new Map<string, readonly Float32Array[]>();
  const contestants = Object.fromEntries([
    ...(["int8", "fp32"] as const).map((precision) => [
      precision,
      async () => {
        const run = await ours(context, model, photos, precision);
        if (run.ms < (runs[precision]?.ms ?? Infinity)) runs[precision] = run;
        return run.ms;
      },
    ]),
    ...peers.map((peer) => [
      peer.greeting.version,
      async () => {
        const file = join(context.folder(), "vectors");
        const { ms } = await peer.ask<{ ms: number }>({ photos, vectors: file });
        vectors.set(peer.greeting.version, rowsOf(file));
        return ms;
      },
    ]),
  ]) as Record<string, () => Promise<number>>;
  const best = await race(2, contestants);
  return (["int8", "fp32"] as const).map((precision) => {
    const run = runs[precision] as Run;
    const ratios: Record<string, number> = {};
    const agreements: Record<string, number> = {};
    for (const { greeting } of peers) {
      const { version } = greeting;
      ratios[version] = (best[version] as number) / run.ms;
      const { mean, least } = agreement(run.vectors, vectors.get(version) ?? []);
      agreements[`cosine to ${version}, mean`] = mean;
      agreements[`cosine to ${version}, least`] = least;
      // What int8 makes of random weights says nothing about trained ones.
      if (precision === "fp32") assert.ok(mean > 0.99, `${subject}: cosine ${mean} to ${version}`);
    }
    const bar = bars[precision];
    const wanted = bar === undefined ? {} : Object.fromEntries(Object.keys(ratios).map((peer) => [peer, bar]));
    return measured(`${subject}, random ViT-B/32-256, ${precision}`, run, ratios, agreements, wanted);
  });
}

function measured(
  subject: string,
  { ms, cpu, stages, vectors }: Run,
  ratios: Readonly<Record<string, number>>,
  more: Readonly<Record<string, number>>,
  bars: Readonly<Record<string, number>> = {},
): Measurement {
  const count = vectors.length;
  const explained = Object.values(stages).reduce((a, b) => a + b, 0);
  return {
    subject,
    value: (count * 1000) / ms,
    unit: "photos/s",
    bars,
    ratios: cpu === 0 ? ratios : { ...ratios, "CPU time that the stages explain": explained / cpu },
    details: {
      ...more,
      ...(cpu > 0 && { "ms CPU per photo": cpu / count }),
      ...Object.fromEntries(
        Object.entries(stages).map(([stage, time]) => [`${stage}, ms CPU per photo`, time / count]),
      ),
    },
  };
}

/** A run of ours into a new library. */
async function ours(context: Context, model: string, photos: string, precision?: Precision): Promise<Run> {
  const directory = join(context.folder(), "library");
  const names = readdirSync(photos);
  const before = cpuTime();
  const started = performance.now();
  let ms = 0;
  let stages: Readonly<Record<string, number>> = {};
  {
    await using library = Library.open(directory, { model });
    for await (const event of library.index([photos], { ...(precision !== undefined && { precision }) })) {
      assert.notEqual(event.type, "problem");
      if (event.type !== "done") continue;
      stages = { ...event.stages };
      assert.equal(event.progress.encoded, names.length);
    }
    ms = performance.now() - started;
  }
  const cpu = before === 0 ? 0 : cpuTime() - before;
  return { ms, cpu, stages, vectors: vectorsOf(directory) };
}

/** All vectors of a library, in the order of their files' names. */
function vectorsOf(library: string): Float32Array[] {
  const stores = readdirSync(join(library, "vectors"));
  assert.equal(stores.length, 1);
  const store = VectorStore.open(join(library, "vectors", stores[0] as string), { dims, write: false });
  const db = openSqlite(join(library, "catalog.db"));
  const rows = db.prepare("SELECT content_id FROM files ORDER BY name").all();
  const vectors = rows.map((row) => store.vector(row["content_id"] as number) as Float32Array);
  db.close();
  store.close();
  return vectors;
}

/** CPU time of this process and all children that have ended, in milliseconds: proc(5). 0 elsewhere than on Linux. */
function cpuTime(): number {
  const file = "/proc/self/stat";
  if (!existsSync(file)) return 0;
  const ticks = Number(execFileSync("getconf", ["CLK_TCK"], { encoding: "utf8" }));
  // The command's name, in parentheses, may hold anything.
  const fields = readFileSync(file, "latin1").split(") ").at(-1)!.split(" ");
  return (1000 * fields.slice(11, 15).reduce((sum, time) => sum + Number(time), 0)) / ticks;
}

async function startPeer(context: Context, kind: "plain" | "rclip", onnx: string): Promise<PeerProcess | undefined> {
  try {
    return await PeerProcess.start(rclipPython(), ["pipeline.py", kind, onnx]);
  } catch (error) {
    if (!(error instanceof PeerMissing)) throw error;
    context.skip(kind, error.message);
    return undefined;
  }
}

function rowsOf(file: string): Float32Array[] {
  const values = new Float32Array(new Uint8Array(readFileSync(file)).buffer);
  return Array.from({ length: values.length / dims }, (_, row) => values.subarray(row * dims, (row + 1) * dims));
}

/** Cosines of vectors of length 1, pair by pair. */
function agreement(
  some: readonly Float32Array[],
  others: readonly Float32Array[],
): { readonly mean: number; readonly least: number } {
  assert.equal(some.length, others.length);
  const cosines = some.map((vector, row) => vector.reduce((sum, x, i) => sum + x * (others[row]?.[i] as number), 0));
  return { mean: cosines.reduce((a, b) => a + b, 0) / cosines.length, least: Math.min(...cosines) };
}
