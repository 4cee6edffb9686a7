import { closeSync, ftruncateSync, mkdirSync, openSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";

import { writeContactSheet } from "./scenes/contact-sheet.ts";
import { pictureSide } from "./scenes/render-scene.ts";
import { renderPart, type Part } from "./scenes/render-set.ts";
import type { Split } from "./scenes/sample-scene.ts";

const usage = `Draws scenes with captions for training and testing the mini model.

  node tools/mini-clip/render.ts --out DIR --split train|held-out --count N --seed S [--workers 2]
  node tools/mini-clip/render.ts --sheet FILE.png [--split train|held-out] [--seed S]

Writes DIR/images.u8 (N × 256 × 256 × 3, uint8, height, width, RGB) and DIR/scenes.jsonl (one line a picture), the same
bytes for any number of workers; or pictures of all objects and of some scenes for a human eye.
`;

/** A whole number from the command line. */
function parseNumber(name: string, typed: string | undefined, least: number): number {
  const value = Number(typed);
  if (typed === undefined || !Number.isSafeInteger(value) || value < least)
    throw new Error(`--${name} takes a whole number from ${least}, not ${typed ?? "nothing"}\n\n${usage}`);
  return value;
}

function parseSplit(typed: string | undefined): Split {
  if (typed === "train" || typed === "held-out") return typed;
  throw new Error(`--split takes train or held-out, not ${typed ?? "nothing"}\n\n${usage}`);
}

function runWorker(part: Part): Promise<string> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL(import.meta.url), { workerData: part });
    worker.once("message", (lines: string) => resolve(lines));
    worker.once("error", reject);
    worker.once("exit", (code) => reject(new Error(`A worker ended with ${code} before it was done`)));
  });
}

async function writeSet(out: string, split: Split, count: number, seed: number, workers: number): Promise<void> {
  mkdirSync(out, { recursive: true });
  const images = join(out, "images.u8");
  const scenes = join(out, "scenes.jsonl");
  const file = openSync(`${images}.partial`, "w");
  ftruncateSync(file, count * pictureSide * pictureSide * 3);
  closeSync(file);
  const border = (i: number): number => Math.round((count * i) / workers);
  const parts = Array.from({ length: workers }, (_, i) =>
    runWorker({ split, seed, from: border(i), to: border(i + 1), imagesFile: `${images}.partial` }),
  );
  const lines = await Promise.all(parts);
  writeFileSync(`${scenes}.partial`, lines.join(""));
  renameSync(`${images}.partial`, images);
  renameSync(`${scenes}.partial`, scenes);
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      out: { type: "string" },
      split: { type: "string" },
      count: { type: "string" },
      seed: { type: "string", default: "1" },
      workers: { type: "string", default: "2" },
      sheet: { type: "string" },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) {
    process.stdout.write(usage);
    return;
  }
  const seed = parseNumber("seed", values.seed, 0);
  if (values.sheet !== undefined) return writeContactSheet(values.sheet, parseSplit(values.split ?? "train"), seed);
  if (values.out === undefined) throw new Error(`--out or --sheet is missing\n\n${usage}`);
  const start = performance.now();
  const count = parseNumber("count", values.count, 1);
  await writeSet(values.out, parseSplit(values.split), count, seed, parseNumber("workers", values.workers, 1));
  const seconds = (performance.now() - start) / 1000;
  process.stdout.write(
    `${count} scenes in ${seconds.toFixed(1)} s (${((seconds * 1000) / count).toFixed(1)} ms each): ${values.out}\n`,
  );
}

if (isMainThread) {
  try {
    await main();
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
} else {
  const lines = await renderPart(workerData as Part);
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a worker thread of Node's, not a window
  parentPort?.postMessage(lines);
}
