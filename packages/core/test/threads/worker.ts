import { ClipfindError } from "../../src/errors.ts";
import { serveWorker, transferring } from "../../src/threads/serve-worker.ts";

// The worker of worker-thread.test.ts.
serveWorker((data: { readonly broken?: boolean; readonly closed?: SharedArrayBuffer } | undefined) => {
  if (data?.broken === true) throw new ClipfindError("MODEL_INVALID", "broken on start", { hint: "mend it" });
  return {
    double: (value: number) => value * 2,
    data: () => data,
    fail: () => {
      throw new ClipfindError("IMAGE_UNREADABLE", "no picture", { hint: "look at it", cause: new Error("deep") });
    },
    failPlainly: () => {
      throw new TypeError("plain");
    },
    wait: (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
    exit: () => process.exit(3),
    crash: () => {
      setTimeout(() => {
        throw new Error("crashed");
      });
      return new Promise(() => undefined);
    },
    uncloneable: () => () => undefined,
    move: (bytes: Uint8Array<ArrayBuffer>) => transferring(bytes, [bytes.buffer]),
    close: () => {
      if (data?.closed !== undefined) new Int32Array(data.closed)[0] = 1;
    },
  };
});
