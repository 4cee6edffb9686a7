import type { Device } from "../device.ts";
import { ClipfindError } from "../errors.ts";
import type { Model } from "../models/open-model.ts";
import { ProcessLost, WorkerProcess } from "../threads/worker-process.ts";
import { workerUrl } from "../threads/worker-url.ts";

/** What a model made of the sample pictures on a device. */
export interface Trial {
  /** Milliseconds for one picture, one alone, in the best run. */
  readonly ms: number;
  /** Unit length, in the order of the pictures. */
  readonly vectors: readonly Float32Array[];
}

/** A driver that takes longer to make itself ready counts as none, in milliseconds. */
const patience = 30_000;

/**
 * Runs the image tower of `model` on `device`, in a process of its own, for a second or so.
 * @throws ClipfindError DEVICE_UNAVAILABLE (also when the process did not survive it), MODEL_*, ABORTED
 */
export async function tryDevice(model: Model, device: Device, signal?: AbortSignal): Promise<Trial> {
  signal?.throwIfAborted();
  await using process = WorkerProcess.start(workerUrl(import.meta.url, "device-worker"), { data: { model, device } });
  const stop = (): void => void process.close();
  signal?.addEventListener("abort", stop, { once: true });
  try {
    return await process.call<Trial>("try", undefined, patience);
  } catch (cause) {
    signal?.throwIfAborted();
    if (!(cause instanceof ProcessLost)) throw cause;
    throw new ClipfindError("DEVICE_UNAVAILABLE", `${device} cannot be used: the process ${cause.message}.`, {
      cause,
      hint: "Use the CPU: `--device cpu`.",
    });
  } finally {
    signal?.removeEventListener("abort", stop);
  }
}
