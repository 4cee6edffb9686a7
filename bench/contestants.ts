import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Answer } from "./answers.ts";
import type { Context } from "./context.ts";
import { dims } from "./data.ts";
import type { Dataset } from "./dataset.ts";
import { npmRequire, python } from "./peers.ts";
import { PeerMissing, PeerProcess } from "./peers/process.ts";

/** Somebody else who scans the float32 rows of a dataset. */
export class Scanner implements AsyncDisposable {
  readonly #process: PeerProcess;

  constructor(process: PeerProcess) {
    this.#process = process;
  }

  /** Library and version. */
  get name(): string {
    return this.#process.greeting.version;
  }

  /** Answers `count` queries from `first` on, in order, and says how many milliseconds that took. */
  async search(first: number, count: number, k: number): Promise<{ ms: number; answers: Answer[] }> {
    const reply = await this.#process.ask<{ ms: number; ids: number[][]; scores: number[][] }>({ first, count, k });
    const answers = reply.ids.map((ids, at) => ({ ids, scores: reply.scores[at] as number[] }));
    return { ms: reply.ms, answers };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process[Symbol.asyncDispose]();
  }
}

export type ScannerName = "numpy" | "faiss" | "usearch" | "sqlite-vec" | "lancedb";

/**
 * Lets `measure` compare with a scanner over the first `rows` rows of a dataset. One that cannot be installed or gives
 * up is noted as skipped.
 */
export async function withScanner<T>(
  context: Context,
  name: ScannerName,
  data: Dataset,
  rows: number,
  measure: (scanner: Scanner) => Promise<T>,
): Promise<T | undefined> {
  try {
    await using scanner = new Scanner(await startScanner(context, name, data, rows));
    return await measure(scanner);
  } catch (error) {
    if (!(error instanceof PeerMissing)) throw error;
    context.skip(name, error.message);
    return undefined;
  }
}

async function startScanner(context: Context, name: ScannerName, data: Dataset, rows: number): Promise<PeerProcess> {
  const { rawFile, queriesFile } = data;
  if (rawFile === undefined) throw new Error("this dataset was made without float32 rows");
  const files = [rawFile, String(rows), String(dims), queriesFile];
  if (name === "numpy" || name === "faiss") {
    // The workaround for old OpenBLAS builds that some machines set would slow a current NumPy down.
    const { OPENBLAS_CORETYPE: _, OPENBLAS_L2_SIZE: __, ...env } = process.env;
    const oneThread = { OMP_NUM_THREADS: "1", OPENBLAS_NUM_THREADS: "1", MKL_NUM_THREADS: "1" };
    return PeerProcess.start(python(), ["scan.py", name, ...files], { ...env, ...oneThread });
  }
  npmRequire(); // Installs here, where its words are seen.
  return PeerProcess.start(process.execPath, ["scan.ts", name, ...files, context.folder()]);
}

/** Reads as many bytes as the store's high planes have, from its own mapped files: the least a scan can take. */
export class Reading implements AsyncDisposable {
  readonly #process: PeerProcess;
  readonly bytes: number;

  private constructor(process: PeerProcess, bytes: number) {
    this.#process = process;
    this.bytes = bytes;
  }

  static async start(context: Context, data: Dataset, threads: number): Promise<Reading> {
    const segments = filesOf(data.directory).filter(({ path }) => path.endsWith(".vec"));
    const bytes = data.rows * dims;
    const total = segments.reduce((sum, { size }) => sum + size, 0);
    const parts = segments.map(({ path, size }) => `${path}:${Math.floor((size * bytes) / total)}`);
    return new Reading(await startScanBench(context, ["read", String(threads), ...parts]), bytes);
  }

  async milliseconds(): Promise<number> {
    return (await this.#process.ask<{ ms: number }>({})).ms;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process[Symbol.asyncDispose]();
  }
}

/** The command line of the Rust benchmark crates/store/benches/scan.rs. */
export function scanBench(context: Context, args: readonly string[]): string[] {
  // In small, with what the tests have built: optimising would take longer than all the rest.
  const profile = context.check ? ["--profile", "dev", "--features", "clipfind-store/faults"] : [];
  return ["bench", "--quiet", "-p", "clipfind-store", ...profile, "--bench", "scan", "--", ...args];
}

async function startScanBench(context: Context, args: readonly string[]): Promise<PeerProcess> {
  return PeerProcess.start("cargo", scanBench(context, args));
}

/** All files below a folder, with their lengths and what they take on disk. */
export function filesOf(folder: string): { path: string; size: number; allocated: number }[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => {
      const path = join(entry.parentPath, entry.name);
      const { size, blocks } = statSync(path);
      return { path, size, allocated: blocks * 512 };
    });
}
