import type { Device } from "../device.ts";
import { imageTowerFile } from "../models/tower-files.ts";
import type { Model } from "../models/open-model.ts";

/** How much memory an index run may use, and how it is divided. */
export interface MemoryPlan {
  /** Encoder processes that fit, at least one. */
  readonly workers: number;
  /** Resident bytes of one of several encoders. One that has grown to this is replaced before its next photo. */
  readonly share: number;
  /** Resident bytes at which one of several encoders is ended in the midst of a photo. */
  readonly limit: number;
  /** The same for a single one. */
  readonly limitAlone: number;
}

/** A process that has loaded nothing but the libraries (measured: 110 MB resident, half of it mapped files). */
const processBytes = 120e6;
/**
 * Of its image tower's bytes, what a process takes while it loads it: onnxruntime packs weights for its kernels and
 * lets go of the file's (measured: 1.5 at the peak, 1.3 then, with 350 MB of float32). Each process has its own. A
 * compiled graph is mapped, and only the packed weights count (measured: 1.0). The weights of clipfind's own tower are
 * mapped and shared, but count as resident in each process.
 */
const weightFactor = { exported: 1.5, compiled: 1.1 };
/** Libraries and buffers of a GPU's driver in each process. Not measured: generous, so that none is ended for them. */
const gpuBytes = 2e9;
/** What decoding a large photo takes beside. */
const photoBytes = 150e6;
/** Resident bytes of the main process: catalog, lists of files, vectors waiting for their commit. */
const mainBytes = 300e6;
/** An encoder's share where nothing is said: 1.5 GB in all with two. */
const usualShare = 600e6;

/**
 * Divides the memory of a run among at most `workers` encoders of `model`; the fewer the less there is.
 *
 * @param maximum - bytes for all processes together; unless given, 300 MB and 600 MB for each encoder (more for a
 *   model that needs more)
 */
export function planMemory(model: Model, workers: number, maximum?: number, device: Device = "cpu"): MemoryPlan {
  const towerBytes = model.manifest.files[imageTowerFile(model)]?.bytes ?? 0;
  const factor = model.manifest.compiled === undefined ? weightFactor.exported : weightFactor.compiled;
  const least = processBytes + (device === "cpu" ? 0 : gpuBytes) + factor * towerBytes + photoBytes;
  const all = maximum ?? mainBytes + workers * Math.max(usualShare, least);
  const forEncoders = Math.max(0, all - mainBytes);
  const fitting = Math.max(1, Math.min(workers, Math.floor(forEncoders / least)));
  const limit = Math.max(least, forEncoders / fitting);
  return {
    workers: fitting,
    share: limit - photoBytes / 2,
    limit,
    limitAlone: Math.max(least, forEncoders),
  };
}
