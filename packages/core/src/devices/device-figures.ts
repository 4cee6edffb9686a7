import { cpus } from "node:os";
import { createRequire } from "node:module";
import type { Device, DeviceResult } from "../device.ts";
import { cachePath, readCache, writeCache } from "../user-cache.ts";
import { graphicsNodes } from "./offered-devices.ts";

/** What was measured with one model. */
export interface ModelFigures {
  /** For people. */
  readonly name: string;
  /** When, as in Date.toISOString. */
  readonly at: string;
  /** Milliseconds for one picture on one core of the CPU. */
  readonly cpuMs: number;
  readonly devices: Readonly<Partial<Record<Device, DeviceResult>>>;
}

/** What the figures hold for: with another onnxruntime or other hardware they are measured again. */
export interface Surroundings {
  /** Version of onnxruntime. */
  readonly onnxruntime: string;
  /** System, processor, and what stands for GPUs. */
  readonly machine: string;
}

/** What was measured in these surroundings, by the fingerprints of models. */
export interface DeviceFigures extends Surroundings {
  readonly version: 1;
  readonly models: Readonly<Record<string, ModelFigures>>;
}

/** Some kilobytes for each model. */
const mostBytes = 16e6;

/** Where the figures are kept: they are this machine's, and may be deleted at any time. */
export function figuresFile(): string {
  return cachePath("devices.json");
}

/** Those of this machine, as it is now. Loads nothing. */
export function surroundings(): Surroundings {
  const { version } = createRequire(import.meta.url)("onnxruntime-node/package.json") as { version: string };
  const parts = [process.platform, process.arch, cpus()[0]?.model.trim() ?? "", ...graphicsNodes()];
  return { onnxruntime: version, machine: parts.join(" ") };
}

/** What `file` says of these surroundings: nothing where it is absent, of others, or not to be understood. */
export function readFigures(file: string, here: Surroundings): DeviceFigures {
  const nothing: DeviceFigures = { version: 1, ...here, models: {} };
  try {
    const found = JSON.parse(String(readCache(file, mostBytes))) as Partial<DeviceFigures>;
    const fits = found.version === 1 && found.onnxruntime === here.onnxruntime && found.machine === here.machine;
    return fits && typeof found.models === "object" && found.models !== null
      ? { ...nothing, models: found.models }
      : nothing;
  } catch {
    return nothing;
  }
}

/** Keeps the figures. Where that cannot be, they are measured again the next time. */
export function writeFigures(file: string, figures: DeviceFigures): Promise<void> {
  return writeCache(file, `${JSON.stringify(figures, undefined, 2)}\n`);
}
