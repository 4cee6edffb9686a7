import { parentPort, type Transferable, workerData } from "node:worker_threads";
import type { Request, Response } from "./messages.ts";
import { toWireError } from "./wire-error.ts";

/**
 * What a worker offers: one function per method name. Arguments and results must be structured-cloneable. A method
 * called `close` is not callable by name; it runs once, after the last call, when the client closes.
 */
export type Handlers = Readonly<Record<string, (argument: never) => unknown>>;

/** A result whose buffers are moved to the client instead of copied; make it with {@link transferring}. */
class Transferring {
  readonly value: unknown;
  readonly transfer: readonly Transferable[];
  constructor(value: unknown, transfer: readonly Transferable[]) {
    this.value = value;
    this.transfer = transfer;
  }
}

/** Marks buffers of a handler's result to be moved: the worker must not use them afterwards. */
export function transferring<T>(value: T, transfer: readonly Transferable[]): T {
  return new Transferring(value, transfer) as T;
}

/**
 * Serves calls of the WorkerThread that started this thread, one after the other in the order they came. Call it once,
 * at the top level of the worker's entry file.
 *
 * @param open - makes the handlers from the client's worker data; when it throws, every call fails with that error
 */
export function serveWorker(open: (data: never) => Handlers | Promise<Handlers>): void {
  const port = parentPort;
  if (port === null) throw new Error("serveWorker() works in a worker thread only");

  const opening = (async () => open(workerData as never))();
  // Unhandled until the first call awaits it; that call reports it.
  opening.catch(() => undefined);

  const answer = async (id: number, method: string, argument: unknown): Promise<void> => {
    let response: Response;
    let transfer: readonly Transferable[] = [];
    try {
      const handlers = await opening;
      if (!Object.hasOwn(handlers, method) || method === "close") throw new Error(`the worker has no method ${method}`);
      const value: unknown = await handlers[method]!(argument as never);
      if (value instanceof Transferring) ({ transfer } = value);
      response = { id, value: value instanceof Transferring ? value.value : value };
    } catch (error) {
      response = { id, error: toWireError(error) };
    }
    try {
      port.postMessage(response, transfer);
    } catch (error) {
      port.postMessage({ id, error: toWireError(error) } satisfies Response);
    }
  };
  const close = async (): Promise<void> => {
    try {
      await (await opening)["close"]?.(undefined as never);
    } catch {
      // The client has let go of the worker: nobody is left to tell, and the thread ends either way.
    }
    port.close();
  };

  let last = Promise.resolve();
  port.on("message", (request: Request) => {
    last = last.then(() => (request.kind === "close" ? close() : answer(request.id, request.method, request.argument)));
  });
}
