import { spawnSync } from "node:child_process";
import type { Answer } from "./answers.ts";
import { filesOf } from "./contestants.ts";
import { dims } from "./data.ts";
import type { Dataset } from "./dataset.ts";
import { PeerProcess } from "./peers/process.ts";

/** What one search in a process of its own took. */
export interface OwnAnswer extends Answer {
  readonly ms: number;
  readonly rescored: number;
  /** Bytes of the process's memory that no file backs. */
  readonly memory: number;
}

/** A dataset's store, opened by a process of its own. */
export class OwnProcess implements AsyncDisposable {
  readonly #process: PeerProcess;

  private constructor(process: PeerProcess) {
    this.#process = process;
  }

  static async start(data: Dataset, threads: number): Promise<OwnProcess> {
    const args = ["own.ts", data.directory, String(dims), String(threads), data.queriesFile];
    return new OwnProcess(await PeerProcess.start(process.execPath, args));
  }

  /** Milliseconds that opening took, bytes it had the disk read, and the process's memory after it. */
  get opening(): { readonly ms: number; readonly bytesRead: number; readonly memory: number } {
    return this.#process.greeting as never;
  }

  async search(query: number, k: number): Promise<OwnAnswer> {
    return this.#process.ask<OwnAnswer>({ query, k });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process[Symbol.asyncDispose]();
  }
}

/** Drops a folder's files from the page cache. False where GNU dd is absent, which knows how. */
export function evict(folder: string): boolean {
  return filesOf(folder).every(({ path }) => {
    const { status } = spawnSync("dd", [`if=${path}`, "iflag=nocache", "count=0", "status=none"]);
    return status === 0;
  });
}
