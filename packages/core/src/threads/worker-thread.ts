import { type Transferable, Worker } from "node:worker_threads";
import { ClipfindError } from "../errors.ts";
import type { Request, Response } from "./messages.ts";
import { fromWireError } from "./wire-error.ts";

/** How a {@link WorkerThread} is started. */
export interface WorkerThreadOptions {
  /** What the thread is, for messages and debuggers, such as "text encoder". */
  readonly name: string;
  /** Handed to the worker's `serveWorker` callback; structured-cloneable. */
  readonly data?: unknown;
  /** Aborting ends the thread; calls under way fail with ABORTED. */
  readonly signal?: AbortSignal;
}

interface PendingCall {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** How long close() waits for the call in hand before it stops the thread by force, in milliseconds. */
const closeGrace = 5000;

/**
 * A worker thread that answers calls: the client of `serveWorker`. It keeps the process alive only while a call is
 * under way. A thread that dies fails its calls with MODEL_FAILED; one that is closed fails them with CLOSED.
 */
export class WorkerThread {
  readonly name: string;
  readonly #worker: Worker;
  readonly #pending = new Map<number, PendingCall>();
  readonly #exited: Promise<void>;
  #nextId = 0;
  /** Why no more calls are taken; undefined while the thread is of use. */
  #ended: ClipfindError | undefined;

  /** Starts the thread and returns at once; calls made before it is up wait for it. */
  static start(url: URL, options: WorkerThreadOptions): WorkerThread {
    return new WorkerThread(url, options);
  }

  private constructor(url: URL, { name, data, signal }: WorkerThreadOptions) {
    if (signal?.aborted === true) {
      throw new ClipfindError("ABORTED", `The thread "${name}" was not started: stopped on request.`);
    }
    this.name = name;
    // Inherited as it is, the flag of a script that was piped in or given with -e would refuse the worker's file.
    const execArgv = process.execArgv.filter((flag) => !flag.startsWith("--input-type"));
    this.#worker = new Worker(url, { name: `clipfind ${name}`, workerData: data, execArgv });
    this.#worker.unref();
    this.#worker.on("message", (response: Response) => this.#settle(response));
    this.#worker.on("messageerror", (cause) => this.#end("MODEL_FAILED", "sent an answer that cannot be read", cause));
    this.#worker.on("error", (cause) => this.#end("MODEL_FAILED", `failed: ${cause.message}`, cause));
    this.#exited = new Promise((resolve) => {
      this.#worker.once("exit", (code) => {
        this.#end("MODEL_FAILED", `ended unexpectedly with exit code ${code}`);
        resolve();
      });
    });

    const abort = (): void => {
      this.#end("ABORTED", "was stopped on request", signal?.reason);
      void this.#worker.terminate();
    };
    signal?.addEventListener("abort", abort, { once: true });
    void this.#exited.then(() => signal?.removeEventListener("abort", abort));
  }

  /**
   * Calls a method of the worker. Calls are served in order, one at a time.
   *
   * @param transfer - buffers in `argument` to move instead of copy; they are unusable here afterwards
   * @throws ClipfindError as thrown in the worker, CLOSED after close(), ABORTED after the signal, MODEL_FAILED when
   *   the thread died
   */
  call<T>(method: string, argument?: unknown, transfer: readonly Transferable[] = []): Promise<T> {
    const ended = this.#ended;
    if (ended !== undefined) return Promise.reject(ended);
    return new Promise<T>((resolve, reject) => {
      const id = this.#nextId++;
      const request: Request = { kind: "call", id, method, argument };
      this.#worker.postMessage(request, transfer);
      this.#pending.set(id, { resolve: resolve as (value: unknown) => void, reject });
      this.#worker.ref();
    });
  }

  /**
   * Ends the thread: calls under way fail with CLOSED, the worker finishes the one in hand, runs its own close and
   * exits. Resolves when the thread is gone. May be called any number of times, never rejects.
   */
  async close(): Promise<void> {
    if (this.#ended === undefined) {
      this.#end("CLOSED", "was closed");
      const request: Request = { kind: "close" };
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a worker, not a window
      this.#worker.postMessage(request);
    }
    // The wait has to hold the process, or it would end before the worker has cleaned up.
    this.#worker.ref();
    const force = setTimeout(() => void this.#worker.terminate(), closeGrace);
    await this.#exited;
    clearTimeout(force);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #settle(response: Response): void {
    const call = this.#pending.get(response.id);
    if (call === undefined) return;
    this.#pending.delete(response.id);
    if (this.#pending.size === 0) this.#worker.unref();
    if ("error" in response) call.reject(fromWireError(response.error));
    else call.resolve(response.value);
  }

  /** The first reason stays; every call under way learns it. */
  #end(code: "ABORTED" | "CLOSED" | "MODEL_FAILED", what: string, cause?: unknown): void {
    if (this.#ended !== undefined) return;
    const error = new ClipfindError(code, `The thread "${this.name}" ${what}.`, {
      ...(code === "MODEL_FAILED" && { hint: "Run again; if it happens again, the model may need more memory." }),
      cause,
    });
    this.#ended = error;
    this.#worker.unref();
    for (const { reject } of this.#pending.values()) reject(error);
    this.#pending.clear();
  }
}
