import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Dataset, makeDataset } from "./dataset.ts";
import type { Measurement } from "./measurement.ts";

export type Case = (context: Context) => Promise<Measurement[]>;

/** A peer that was not compared with, and why. */
export interface Skipped {
  readonly peer: string;
  readonly reason: string;
}

/** What the cases of one run share: sizes, datasets, a folder on disk. */
export class Context implements Disposable {
  /** Small sizes, answers only, no peers that must be installed. */
  readonly check: boolean;
  /** Also what needs 11 GB of disk and as much memory for the page cache. */
  readonly large: boolean;
  /** Rows of the dataset that most cases use. */
  readonly rows: number;
  readonly skipped: Skipped[] = [];
  readonly #datasets = new Map<string, Promise<Dataset>>();
  #directory: string | undefined;

  constructor(options: { check: boolean; large: boolean; rows?: number | undefined }) {
    this.check = options.check;
    this.large = options.large;
    this.rows = options.rows ?? (options.check ? 5_000 : 1_280_000);
  }

  /** How often contestants run. */
  get rounds(): number {
    return this.check ? 1 : 9;
  }

  /** An empty folder on disk, which is deleted at the end of the run. */
  folder(): string {
    this.#directory ??= mkdtempSync(join(tmpdir(), "clipfind-bench-"));
    return mkdtempSync(join(this.#directory, "case-"));
  }

  /** A dataset, made when first asked for. `raw`: with the vectors in float32 beside the store. */
  async dataset(rows: number = this.rows, raw: boolean = !this.check && rows === this.rows): Promise<Dataset> {
    const key = `${rows} ${raw}`;
    const known = this.#datasets.get(key);
    if (known !== undefined) return known;
    process.stderr.write(`making a store of ${rows.toLocaleString("en")} vectors\n`);
    const made = makeDataset(this.folder(), rows, { raw });
    this.#datasets.set(key, made);
    return made;
  }

  /** Notes that a peer was not compared with. */
  skip(peer: string, reason: string): void {
    this.skipped.push({ peer, reason });
    process.stderr.write(`${peer}: skipped: ${reason}\n`);
  }

  [Symbol.dispose](): void {
    if (this.#directory !== undefined) rmSync(this.#directory, { recursive: true, force: true });
  }
}
