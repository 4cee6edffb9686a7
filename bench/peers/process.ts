import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { type Interface, createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";

/** Why a peer cannot be compared with: it is not there, or gave up. */
export class PeerMissing extends Error {
  override name = "PeerMissing";
}

/** What a program says when it is ready: which version of what it is, and perhaps more. */
export interface Greeting {
  readonly version: string;
  readonly [more: string]: unknown;
}

/**
 * A program that holds its data ready and answers a line of JSON with a line of JSON, so that contestants can take
 * turns. Its first line says that it is ready.
 */
export class PeerProcess implements AsyncDisposable {
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly #lines: AsyncIterator<string>;
  readonly #reader: Interface;
  #errors = "";
  #greeting: Greeting = { version: "" };

  private constructor(command: string, args: readonly string[], env: NodeJS.ProcessEnv) {
    this.#child = spawn(command, args, { stdio: ["pipe", "pipe", "pipe"], env, cwd: import.meta.dirname });
    this.#child.stderr.setEncoding("utf8").on("data", (text: string) => (this.#errors += text));
    // What goes wrong shows as an end of its answers.
    this.#child.on("error", (error) => (this.#errors += error.message));
    this.#child.stdin.on("error", () => {});
    this.#reader = createInterface({ input: this.#child.stdout });
    this.#lines = this.#reader[Symbol.asyncIterator]();
  }

  /**
   * Starts a program and waits until it is ready.
   * @throws PeerMissing when it cannot be started or ends before that
   */
  static async start(
    command: string,
    args: readonly string[],
    env: NodeJS.ProcessEnv = process.env,
  ): Promise<PeerProcess> {
    const peer = new PeerProcess(command, args, env);
    peer.#greeting = await peer.#answer<Greeting>();
    return peer;
  }

  /** The program's first line. */
  get greeting(): Greeting {
    return this.#greeting;
  }

  /** @throws PeerMissing when it ends without an answer */
  async ask<T>(question: object): Promise<T> {
    this.#child.stdin.write(`${JSON.stringify(question)}\n`);
    return this.#answer<T>();
  }

  async #answer<T>(): Promise<T> {
    const { value, done } = await this.#lines.next();
    if (done !== true) return JSON.parse(value) as T;
    const lines = this.#errors.trim().split("\n");
    // Node says it before the trace, Python and cargo at the end.
    throw new PeerMissing(
      lines.find((line) => /^\w*Error\b/.test(line)) ?? (lines.at(-1) || "it ended without a word"),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.stdin.end();
    if (this.#child.exitCode === null && this.#child.signalCode === null && this.#child.pid !== undefined) {
      await once(this.#child, "close");
    }
  }
}
