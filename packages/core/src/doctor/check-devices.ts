import { type Device, type DeviceResult, devices } from "../device.ts";
import { isUsable } from "../devices/best-device.ts";
import { resultText } from "../devices/choose-device.ts";
import { figuresFile, readFigures, surroundings } from "../devices/device-figures.ts";
import { graphicsNodes, offeredDevices } from "../devices/offered-devices.ts";
import { type Finding, note, problem } from "./finding.ts";

/** A device, and what is known of it. */
export interface DeviceReport {
  readonly device: Device;
  /** Why it cannot be used; null: it can, or it is not known yet. */
  readonly unavailable: string | null;
  /** What was measured, by the names of models. */
  readonly measured: Readonly<Record<string, DeviceResult>>;
}

export interface DevicesReport {
  /** Where the figures are kept. */
  readonly file: string;
  /** Milliseconds for one picture on one core, by the names of models. */
  readonly cpuMs: Readonly<Record<string, number>>;
  readonly devices: readonly DeviceReport[];
}

/** The device that is wished for by whatever commands are run, and by what. */
export interface DeviceWish {
  readonly wished: string;
  /** An environment variable, or a file of settings. */
  readonly from: string;
}

/** Which devices there are, why not others, and what was measured. Starts none of them. */
export async function checkDevices({ wished, from }: DeviceWish): Promise<[DevicesReport, Finding[]]> {
  const findings: Finding[] = [];
  if (wished !== "auto" && !(devices as readonly string[]).includes(wished)) {
    findings.push(problem(`${from} names no device: ${wished}`, `Set it to auto, ${devices.join(", ")}`));
  }
  // Where onnxruntime cannot be loaded, that is told where the software is looked at.
  const offers = await offeredDevices().catch(() => []);
  const { models } = readFigures(figuresFile(), surroundings());
  const noHardware = process.platform === "linux" && graphicsNodes().length === 0;
  const reports = offers.map(({ device, problem: reason }): DeviceReport => {
    const results = Object.values(models).flatMap((model): [string, DeviceResult][] => {
      const result = model.devices[device];
      return result === undefined ? [] : [[model.name, result]];
    });
    const missing = noHardware && device !== "cpu" ? "this machine shows no GPU: there is none in /dev" : null;
    // What has been measured is there, whatever /dev shows: a driver may compute on the CPU.
    const unavailable = reason ?? (results.some(([, result]) => isUsable(result)) ? null : missing);
    if (wished === device && unavailable !== null) {
      findings.push(problem(`${from} asks for ${device}, and ${unavailable}`, "Unset it: the fastest is found"));
    }
    for (const [name, result] of results) {
      if (unavailable !== null || isUsable(result)) continue;
      const what = `${device} is not used with ${name}: it ${resultText(result)}`;
      findings.push(note(what, "Nothing has to be done: the CPU is used; update the graphics driver for more speed"));
    }
    return { device, unavailable, measured: Object.fromEntries(results) };
  });
  const cpuMs = Object.fromEntries(Object.values(models).map((model) => [model.name, model.cpuMs]));
  return [{ file: figuresFile(), cpuMs, devices: reports }, findings];
}
