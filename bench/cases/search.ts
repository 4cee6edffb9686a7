import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { VectorStore } from "@clipfind/native";
import { type Measurement, fastest } from "../measurement.ts";

const dims = 512;
const k = 10;
const chunkRows = 10_000;

/** One query over a store of unit vectors, against plain loops over the same numbers. */
export async function benchSearch(check: boolean): Promise<Measurement[]> {
  const sizes = check ? [5_000] : [100_000, 1_280_000];
  const results: Measurement[] = [];
  // They would compete for memory bandwidth.
  for (const rows of sizes) results.push(...(await benchSize(rows, check)));
  return results;
}

async function benchSize(rows: number, check: boolean): Promise<Measurement[]> {
  const directory = mkdtempSync(join(tmpdir(), "clipfind-bench-"));
  try {
    const store = VectorStore.open(join(directory, "store"), { dims, write: true, shards: 2 });
    const raw = join(directory, "rows.f32");
    const file = openSync(raw, "w");
    const chunks: Float32Array[] = [];
    const random = generator(rows);
    for (let first = 0; first < rows; first += chunkRows) {
      const chunk = unitVectors(Math.min(chunkRows, rows - first), random);
      chunks.push(chunk);
      writeSync(file, chunk);
      const ids = BigUint64Array.from({ length: chunk.length / dims }, (_, row) => BigInt(first + row));
      // One writer.
      await store.append(ids, chunk);
    }
    closeSync(file);
    const query = unitVectors(1, random);

    const rounds = check ? 1 : 5;
    const expected = loop(chunks, query);
    const found = await store.search(query, k);
    assert.deepEqual(Array.from(found.ids, Number), expected);

    const ours = await fastest(rounds * 2, () => store.search(query, k));
    const peers: Record<string, number> = {
      "a plain JavaScript loop": await fastest(rounds, () => loop(chunks, query)),
    };
    const numpy = check ? undefined : numpyMs(raw, rows, query);
    if (numpy !== undefined) peers["NumPy float32"] = numpy;
    const { kernel, threads, bytes } = store.stats();
    store.close();
    const ratios = Object.fromEntries(Object.entries(peers).map(([peer, ms]) => [peer, ms / ours]));
    const subject = `top ${k} of ${rows} × ${dims} float32, ${kernel}, ${threads} threads`;
    return [
      { subject, value: ours, unit: "ms", ratios },
      { subject: `${subject}, bytes read`, value: bytes / ours / 1e6, unit: "GB/s", ratios: {} },
    ];
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** What a reader of the format would write first: every product in order, the best kept in a sorted list. */
function loop(chunks: readonly Float32Array[], query: Float32Array): number[] {
  const best: { id: number; score: number }[] = [];
  let id = 0;
  for (const chunk of chunks) {
    for (let at = 0; at < chunk.length; at += dims, id++) {
      let score = 0;
      for (let i = 0; i < dims; i++) score += (chunk[at + i] as number) * (query[i] as number);
      if (best.length < k || score > (best.at(-1) as { score: number }).score) {
        best.push({ id, score });
        best.sort((a, b) => b.score - a.score || a.id - b.id);
        best.length = Math.min(best.length, k);
      }
    }
  }
  return best.map((hit) => hit.id);
}

/** Milliseconds of NumPy's best run over the same bytes in memory, undefined where Python has no NumPy. */
function numpyMs(raw: string, rows: number, query: Float32Array): number | undefined {
  const script = `
import sys, time, numpy as np
rows = np.fromfile(sys.argv[1], dtype=np.float32).reshape(${rows}, ${dims})
query = np.frombuffer(sys.stdin.buffer.read(), dtype=np.float32)
best = 1e9
for _ in range(5):
    started = time.perf_counter()
    scores = rows @ query
    top = np.argpartition(-scores, ${k})[:${k}]
    top = top[np.argsort(-scores[top])]
    best = min(best, time.perf_counter() - started)
print(best * 1000)`;
  const input = new Uint8Array(query.buffer, query.byteOffset, query.byteLength);
  // The workaround for old OpenBLAS builds that some machines set would slow a current NumPy down.
  const { OPENBLAS_CORETYPE: _, OPENBLAS_L2_SIZE: __, ...env } = process.env;
  const { status, stdout } = spawnSync("python3", ["-c", script, raw], { input, env, encoding: "utf8" });
  return status === 0 ? Number(stdout) : undefined;
}

/** Deterministic numbers in [-1, 1): xorshift32. */
function generator(seed: number): () => number {
  let state = seed | 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state / 2 ** 31;
  };
}

function unitVectors(count: number, random: () => number): Float32Array {
  const vectors = new Float32Array(count * dims);
  for (let at = 0; at < vectors.length; at += dims) {
    let square = 0;
    for (let i = at; i < at + dims; i++) square += (vectors[i] = random()) ** 2;
    const scale = 1 / Math.sqrt(square);
    for (let i = at; i < at + dims; i++) (vectors[i] as number) *= scale;
  }
  return vectors;
}
