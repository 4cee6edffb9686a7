import { dotProduct } from "../clip/dot-product.ts";
import type { Device, DeviceResult } from "../device.ts";
import { ClipfindError } from "../errors.ts";
import type { Model } from "../models/open-model.ts";
import {
  type DeviceFigures,
  type ModelFigures,
  figuresFile,
  readFigures,
  surroundings,
  type Surroundings,
  writeFigures,
} from "./device-figures.ts";
import { tryDevice } from "./try-device.ts";

/** How long a device that does not work is believed not to, in milliseconds: drivers come without a sign. */
const problemsLast = 24 * 3_600_000;

export interface MeasureOptions {
  /** Asks again those that did not work. */
  readonly retry?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Where figures are kept, and what they hold for; the user's own unless given. */
  readonly file?: string | undefined;
  readonly here?: Surroundings | undefined;
}

/**
 * What `model` takes on the CPU and on each of `devices`, as measured before, or else now: a second or two for each,
 * beside loading.
 * @throws ClipfindError MODEL_*, ABORTED
 */
export async function measureDevices(
  model: Model,
  devices: readonly Device[],
  options: MeasureOptions = {},
): Promise<ModelFigures & { readonly isNew: boolean }> {
  const { retry = false, signal, file = figuresFile(), here = surroundings() } = options;
  const before = readFigures(file, here);
  const known = before.models[model.fingerprint];
  const unknown = devices.filter((device) => isOpen(known, device, retry));
  if (known !== undefined && unknown.length === 0) return { ...known, isNew: false };

  const cpu = await tryDevice(model, "cpu", signal);
  const results: Partial<Record<Device, DeviceResult>> = { ...known?.devices };
  for (const device of unknown) {
    try {
      const { ms, vectors } = await tryDevice(model, device, signal);
      const cosine = Math.min(...vectors.map((vector, at) => dotProduct(vector, cpu.vectors[at]!)));
      results[device] = { ms, cosine };
    } catch (error) {
      if (!(error instanceof ClipfindError) || error.code === "ABORTED") throw error;
      results[device] = { problem: error.message };
    }
  }
  const figures = { name: model.manifest.name, at: new Date().toISOString(), cpuMs: cpu.ms, devices: results };
  await keep(file, here, model, figures);
  return { ...figures, isNew: true };
}

/** Notes that a device that worked does not any more. */
export async function noteProblem(model: Model, device: Device, problem: string): Promise<void> {
  const [file, here] = [figuresFile(), surroundings()];
  const known = readFigures(file, here).models[model.fingerprint];
  if (known === undefined) return;
  const at = new Date().toISOString();
  await keep(file, here, model, { ...known, at, devices: { ...known.devices, [device]: { problem } } });
}

function isOpen(known: ModelFigures | undefined, device: Device, retry: boolean): boolean {
  const result = known?.devices[device];
  if (known === undefined || result === undefined) return true;
  if (!("problem" in result)) return false;
  return retry || !(Date.parse(known.at) + problemsLast > Date.now());
}

/** Read again, since another process may have added its own. */
async function keep(file: string, here: Surroundings, model: Model, figures: ModelFigures): Promise<void> {
  const now: DeviceFigures = readFigures(file, here);
  await writeFigures(file, { ...now, models: { ...now.models, [model.fingerprint]: figures } });
}
