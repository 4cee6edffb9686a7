import { type ChildProcess, fork } from "node:child_process";
import { ClipfindError } from "../errors.ts";
import { inheritedFlags } from "./inherited-flags.ts";
import type { ProcessRequest, ProcessResponse } from "./messages.ts";
import { fromWireError } from "./wire-error.ts";

/** A process ended, or had to be ended, with calls under way. Which of several calls is to blame nobody knows. */
export class ProcessLost extends Error {
  override readonly name = "ProcessLost";
}

/** How a {@link WorkerProcess} is started. */
export interface WorkerProcessOptions {
  /** Handed to the process's `serveParent` callback. */
  readonly data?: unknown;
  /** Memory (resident, bytes) at which the process is ended in the midst of its calls. */
  readonly maximumRss?: number | undefined;
  /** Scheduling priority, -20 (first) to 19 (last). */
  readonly nice?: number | undefined;
}

interface PendingCall {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
  readonly timer: NodeJS.Timeout | undefined;
}

/** How much of what a process says on standard error is kept for the message about its end, in characters. */
const lastWords = 2000;
/** How long close() waits for a process that is stuck in the system (a dead network drive), in milliseconds. */
const closeGrace = 2000;

/** Ended when this process exits, however that comes: a child that hangs would not notice by itself. */
const alive = new Set<ChildProcess>();

/**
 * A child process that answers calls: the client of `serveParent`. What crashes, hangs or eats memory there costs its
 * calls and nothing else: they fail with {@link ProcessLost}. It keeps this process alive only while a call is under way.
 */
export class WorkerProcess implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #pending = new Map<number, PendingCall>();
  readonly #exited: Promise<void>;
  readonly #maximumRss: number;
  #nextId = 0;
  #rss = 0;
  #words = "";
  /** Why no more calls are taken; undefined while the process is of use. */
  #ended: Error | undefined;

  /** Starts the process and returns at once; calls made before it is up wait for it. */
  static start(url: URL, options: WorkerProcessOptions = {}): WorkerProcess {
    return new WorkerProcess(url, options);
  }

  private constructor(url: URL, { data, nice, maximumRss = Number.POSITIVE_INFINITY }: WorkerProcessOptions) {
    this.#maximumRss = maximumRss;
    this.#child = fork(url, {
      serialization: "advanced",
      // Not in the terminal's group: Ctrl-C is for the parent, which lets the calls in hand finish.
      detached: process.platform !== "win32",
      execArgv: inheritedFlags(process.execArgv),
      stdio: ["ignore", "ignore", "pipe", "ipc"],
    });
    const child = this.#child;
    if (alive.size === 0) process.on("exit", endAll);
    alive.add(child);
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.#words = (this.#words + text).slice(-lastWords);
    });
    child.unref();
    (child.stderr as { unref?: () => void } | null)?.unref?.();
    child.on("message", (response: ProcessResponse) => this.#receive(response));
    this.#exited = new Promise((resolve) => {
      const gone = (reason: string): void => {
        alive.delete(child);
        if (alive.size === 0) process.off("exit", endAll);
        this.#end(this.#lost(reason));
        resolve();
      };
      child.once("error", (error) => gone(`could not be started: ${error.message}`));
      child.once("exit", (code, signal) => gone(`crashed (${signal ?? `exit code ${code}`})`));
    });
    this.#send({ kind: "open", data, nice });
    child.channel?.unref();
  }

  /** Resident memory as last reported, in bytes. */
  get rss(): number {
    return this.#rss;
  }

  /** True when no more calls are taken. */
  get isEnded(): boolean {
    return this.#ended !== undefined;
  }

  /**
   * Calls a method of the process. Calls run side by side.
   *
   * @param timeout - milliseconds after which the process counts as hanging, and is ended
   * @throws ProcessLost when the process ended; ClipfindError as thrown there, CLOSED after close()
   */
  call<T>(method: string, argument?: unknown, timeout?: number): Promise<T> {
    if (this.#ended !== undefined) return Promise.reject(this.#ended);
    return new Promise<T>((resolve, reject) => {
      const id = this.#nextId++;
      const late = (): void => this.#end(this.#lost(`took longer than ${(timeout ?? 0) / 1000} s`));
      const timer = timeout === undefined ? undefined : setTimeout(late, timeout);
      this.#pending.set(id, { resolve: resolve as (value: unknown) => void, reject, timer });
      this.#child.channel?.ref();
      this.#send({ kind: "call", id, method, argument });
    });
  }

  /** Ends the process at once; calls under way fail with CLOSED. May be called any number of times, never rejects. */
  async close(): Promise<void> {
    this.#end(new ClipfindError("CLOSED", "The process was closed."));
    // The timer has to hold this process, which would end before the other one; and not longer than that.
    const grace = Promise.withResolvers<void>();
    const timer = setTimeout(grace.resolve, closeGrace);
    await Promise.race([this.#exited, grace.promise]);
    clearTimeout(timer);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #send(request: ProcessRequest): void {
    // What cannot be sent because the process is gone is told by its exit.
    this.#child.send(request, () => undefined);
  }

  #receive(response: ProcessResponse): void {
    this.#rss = response.rss;
    if (this.#rss > this.#maximumRss && this.#pending.size > 0) {
      this.#end(this.#lost(`needed more than ${Math.round(this.#maximumRss / 1e6)} MB of memory`));
    }
    if ("id" in response) this.#settle(response);
  }

  #settle(response: ProcessResponse & { readonly id: number }): void {
    const call = this.#pending.get(response.id);
    if (call === undefined) return;
    this.#pending.delete(response.id);
    clearTimeout(call.timer);
    if (this.#pending.size === 0) this.#child.channel?.unref();
    if ("error" in response) call.reject(fromWireError(response.error));
    else call.resolve((response as { value?: unknown }).value);
  }

  #lost(reason: string): ProcessLost {
    return new ProcessLost(reason, { cause: this.#words === "" ? undefined : new Error(this.#words.trim()) });
  }

  /** The first reason stays; every call under way learns it. */
  #end(error: Error): void {
    if (this.#ended !== undefined) return;
    this.#ended = error;
    this.#child.kill("SIGKILL");
    this.#child.channel?.unref();
    for (const { reject, timer } of this.#pending.values()) {
      clearTimeout(timer);
      reject(error);
    }
    this.#pending.clear();
  }
}

function endAll(): void {
  for (const child of alive) child.kill("SIGKILL");
}
