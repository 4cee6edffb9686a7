import type { Device } from "../device.ts";
import { noteProblem } from "../devices/measure-devices.ts";
import { ClipfindError } from "../errors.ts";
import type { PhotosEvent } from "./index-event.ts";
import { indexPhotos, type IndexPhotosOptions } from "./index-photos.ts";

export interface IndexOnDeviceOptions extends IndexPhotosOptions {
  readonly device: Device;
  /** Whether the CPU may do what the device does not; false where the user has named it. */
  readonly mayFallBack: boolean;
}

/**
 * As indexPhotos. A device that worked when it was measured and does not now is noted as one that does not work, and the
 * CPU goes on where it stopped: what was encoded is committed.
 * @throws ClipfindError as indexPhotos; DEVICE_UNAVAILABLE where the CPU may not do it
 */
export async function* indexOnDevice(options: IndexOnDeviceOptions): AsyncGenerator<PhotosEvent, void, void> {
  const { device, mayFallBack, model } = options;
  try {
    yield* indexPhotos(options);
  } catch (error) {
    const isGone = error instanceof ClipfindError && error.code === "DEVICE_UNAVAILABLE";
    if (!isGone || device === "cpu" || !mayFallBack) throw error;
    await noteProblem(model, device, error.message);
    yield { type: "device", device: "cpu", reason: `${error.message} Going on with the CPU` };
    yield* indexPhotos({ ...options, device: "cpu", encoders: undefined });
  }
}
