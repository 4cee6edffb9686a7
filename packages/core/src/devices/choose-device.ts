import { availableParallelism } from "node:os";
import type { Device, DeviceResult } from "../device.ts";
import { ClipfindError } from "../errors.ts";
import type { Model } from "../models/open-model.ts";
import { bestDevice, isUsable, leastCosine } from "./best-device.ts";
import { measureDevices, type MeasureOptions } from "./measure-devices.ts";
import { likelyDevices, offeredDevices } from "./offered-devices.ts";

export interface DeviceWish extends MeasureOptions {
  /** Undefined: "auto". */
  readonly device?: Device | "auto" | undefined;
  /** Encoder processes on the CPU; one per core unless given. */
  readonly workers?: number | undefined;
  /** The same model in int8, where it is open which precision is used: the CPU would be that fast. */
  readonly fast?: Model | undefined;
  /** What "auto" chooses from beside the CPU: what this machine seems to have, unless given. */
  readonly likely?: readonly Device[] | undefined;
}

/** What to encode photos with. */
export interface ChosenDevice {
  readonly device: Device;
  /** Given if devices were measured just now: a sentence for people. */
  readonly told?: string;
}

/**
 * The device for the image tower of `model`, which is in fp32: the one that is named, or the fastest of those that make
 * the CPU's vectors. Nothing is measured twice, and nothing at all where there is only a CPU.
 * @throws ClipfindError DEVICE_UNAVAILABLE (one that is named cannot be used), MODEL_*, ABORTED
 */
export async function chooseDevice(model: Model, wish: DeviceWish): Promise<ChosenDevice> {
  const { device = "auto", workers = availableParallelism(), fast, likely: given, ...options } = wish;
  if (device === "cpu") return { device };
  if (device !== "auto") return { device: await asNamed(model, device, options) };
  const likely = given ?? (await likelyDevices());
  if (likely.length === 0) return { device: "cpu" };
  const figures = await measureDevices(model, likely, options);
  const faster = fast === undefined ? undefined : await measureDevices(fast, [], options);
  const cpuMs = Math.min(figures.cpuMs, faster?.cpuMs ?? Infinity);
  const devices = Object.fromEntries(likely.map((name) => [name, figures.devices[name]!]));
  const best = bestDevice({ cpuMs, workers, devices });
  if (!figures.isNew) return { device: best };
  const results = Object.entries(devices).map(([name, result]) => `${name} ${resultText(result)}`);
  const cores = `${workers} of the CPU's cores take ${(cpuMs / workers).toFixed(1)} ms`;
  return { device: best, told: `${best} is used: for a picture ${cores}, ${results.join(", ")}` };
}

async function asNamed(model: Model, device: Device, options: MeasureOptions): Promise<Device> {
  const offer = (await offeredDevices()).find((it) => it.device === device);
  const hint =
    "Leave --device out for the fastest that works; `clipfind doctor` tells which devices there are and why.";
  if (offer === undefined || offer.problem !== undefined) {
    throw new ClipfindError("DEVICE_UNAVAILABLE", `${device} cannot be used: ${offer?.problem ?? "there is none"}.`, {
      hint,
    });
  }
  const { devices } = await measureDevices(model, [device], { ...options, retry: true });
  const result = devices[device]!;
  if (isUsable(result)) return device;
  const message =
    "problem" in result
      ? result.problem
      : `${device} cannot be used: its vectors are not the CPU's (cosine ${result.cosine.toFixed(5)}, expected at least ${leastCosine}).`;
  throw new ClipfindError("DEVICE_UNAVAILABLE", message, { hint });
}

/** What came of trying a device, as the end of a sentence that begins with its name. */
export function resultText(result: DeviceResult): string {
  if ("problem" in result) return `does not work (${result.problem})`;
  if (!isUsable(result)) return `makes other vectors (cosine ${result.cosine.toFixed(5)})`;
  return `${result.ms.toFixed(1)} ms`;
}
