import { ClipfindError } from "../../src/errors.ts";
import { serveParent } from "../../src/threads/serve-parent.ts";

// The process of worker-process.test.ts.
serveParent((data: { readonly broken?: boolean } | undefined) => {
  if (data?.broken === true) throw new ClipfindError("MODEL_INVALID", "broken on start", { hint: "mend it" });
  const kept: Buffer[] = [];
  return {
    data: () => data,
    double: (value: number) => value * 2,
    pid: () => process.pid,
    fail: () => {
      throw new ClipfindError("IMAGE_UNREADABLE", "no picture", { hint: "look at it", cause: new Error("deep") });
    },
    wait: (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
    die: (signal: NodeJS.Signals) => {
      process.kill(process.pid, signal);
      return new Promise(() => undefined);
    },
    abort: () => process.abort(),
    exit: (code: number) => process.exit(code),
    spin: () => {
      for (;;);
    },
    hoard: async (bytes: number) => {
      while (process.memoryUsage.rss() < bytes) {
        kept.push(Buffer.alloc(16e6, kept.length));
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      return new Promise(() => undefined);
    },
  };
});
