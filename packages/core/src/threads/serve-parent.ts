import { setPriority } from "node:os";
import { ownMemory } from "./own-memory.ts";
import type { ProcessRequest, ProcessResponse, Response } from "./messages.ts";
import type { Handlers } from "./serve-worker.ts";
import { toWireError } from "./wire-error.ts";

/** Milliseconds between two reports of memory while a call is under way. */
const memoryInterval = 200;

/**
 * Serves calls of the WorkerProcess that started this process, each as it comes: a call may overtake another. Call it
 * once, at the top level of the process's entry file. The process leaves Ctrl-C and SIGTERM to its parent, and ends at
 * once when the parent is gone, however that ended.
 *
 * @param open - makes the handlers from the client's data; when it throws, every call fails with that error
 */
export function serveParent(open: (data: never) => Handlers | Promise<Handlers>): void {
  // Nothing has to be saved here; an orderly exit would wait for a decoder that may never end.
  const end = (): unknown => process.kill(process.pid, "SIGKILL");
  process.on("disconnect", end);
  if (!process.connected) end();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => undefined);

  let handlers: Promise<Handlers> = Promise.reject(new Error("the first message opens"));
  handlers.catch(() => undefined);
  let underWay = 0;

  const send = (response: Response | object): void => {
    const message = { ...response, rss: ownMemory() } satisfies ProcessResponse;
    // A parent that is gone ends this process by itself.
    process.send?.(message, undefined, {}, () => undefined);
  };
  const answer = async (id: number, method: string, argument: unknown): Promise<void> => {
    underWay++;
    try {
      const methods = await handlers;
      if (!Object.hasOwn(methods, method)) throw new Error(`the process has no method ${method}`);
      send({ id, value: await methods[method]!(argument as never) });
    } catch (error) {
      send({ id, error: toWireError(error) });
    } finally {
      underWay--;
    }
  };
  setInterval(() => {
    if (underWay > 0) send({});
  }, memoryInterval).unref();
  process.on("message", (request: ProcessRequest) => {
    if (request.kind === "call") {
      void answer(request.id, request.method, request.argument);
      return;
    }
    if (request.nice !== undefined) setPriority(request.nice);
    handlers = (async () => open(request.data as never))();
    // Unhandled until the first call awaits it; that call reports it.
    handlers.catch(() => undefined);
  });
}
