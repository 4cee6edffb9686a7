import "../no-telemetry.ts";
import { existsSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { providerNames } from "../clip/execution-provider.ts";
import { type Device, devices } from "../device.ts";

/** Whether the installed onnxruntime can be asked for a device, and if not, why. */
export type Offer = { readonly device: Device; readonly problem: string | undefined };

/** What the installed onnxruntime offers, the CPU first. Loads onnxruntime, and nothing of any device. */
export async function offeredDevices(): Promise<Offer[]> {
  const { listSupportedBackends } = await import("onnxruntime-node");
  const built = listSupportedBackends();
  return devices.map((device) => {
    const found = built.find(({ name }) => name === providerNames[device]);
    if (found === undefined) return { device, problem: `this system's onnxruntime is built without it` };
    const isThere = found.bundled || existsSync(join(libraries(), "libonnxruntime_providers_cuda.so"));
    return { device, problem: isThere ? undefined : `its libraries are not installed beside onnxruntime` };
  });
}

/**
 * The devices worth a try without being asked: those offered for which this machine seems to have the hardware. Where
 * there is none, which costs a look into /dev, onnxruntime is not even loaded.
 */
export async function likelyDevices(): Promise<Device[]> {
  const nodes = graphicsNodes();
  if (process.platform === "linux" && nodes.length === 0) return [];
  const offered = await offeredDevices();
  return offered.flatMap(({ device, problem }) => (device === "cpu" || problem !== undefined ? [] : [device]));
}

/** The files by which Linux offers GPUs to programs, sorted; none elsewhere. */
export function graphicsNodes(): string[] {
  if (process.platform !== "linux") return [];
  return [...nodesIn("/dev", /^(?:nvidia\d+|dxg)$/), ...nodesIn("/dev/dri", /^renderD\d+$/)].toSorted();
}

function nodesIn(directory: string, pattern: RegExp): string[] {
  try {
    return readdirSync(directory)
      .filter((name) => pattern.test(name))
      .map((name) => join(directory, name));
  } catch {
    return [];
  }
}

/** Where onnxruntime's own libraries lie. */
function libraries(): string {
  const main = createRequire(import.meta.url).resolve("onnxruntime-node");
  return join(dirname(main), "../bin/napi-v6", process.platform, process.arch);
}
