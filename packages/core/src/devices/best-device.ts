import type { Device, DeviceResult } from "../device.ts";

/** Cosines below tell of another computation, not of another order of sums. */
export const leastCosine = 0.9999;

/** How many times as fast as the CPU a device must be: near to it, a measurement is luck, and the CPU is what all know. */
const leastGain = 1.25;

/** Times to choose by, in milliseconds for one picture. */
export interface DeviceTimes {
  /** On one core of the CPU, in the fastest precision that may be used. */
  readonly cpuMs: number;
  /** Encoder processes that the CPU would be used by, each on a core of its own. */
  readonly workers: number;
  readonly devices: Readonly<Partial<Record<Device, DeviceResult>>>;
}

/** Whether a device may be used: it works, and its vectors are the CPU's but for rounding. */
export function isUsable(result: DeviceResult): boolean {
  return "ms" in result && result.cosine >= leastCosine;
}

/** The device that encodes most pictures per second. A GPU is one, whoever shares it; a CPU has its cores. */
export function bestDevice({ cpuMs, workers, devices }: DeviceTimes): Device {
  let best: Device = "cpu";
  let ms = cpuMs / workers / leastGain;
  for (const [device, result] of Object.entries(devices) as [Device, DeviceResult][]) {
    if ("problem" in result || !isUsable(result) || result.ms >= ms) continue;
    best = device;
    ({ ms } = result);
  }
  return best;
}
