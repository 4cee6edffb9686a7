import { availableParallelism } from "node:os";
import type { Device } from "../device.ts";
import type { Model } from "../models/open-model.ts";
import { EncoderSlot } from "./encoder-slot.ts";
import { type MemoryPlan, planMemory } from "./memory-plan.ts";
import { PhotoEncoder, type PhotoEncoderOptions } from "./photo-encoder.ts";
import { addTimes, type EncoderTimes } from "./stage-times.ts";

/** Processes that decode for one GPU, and take turns on it. */
const mostOnGpu = 4;

export interface PhotoEncodersOptions extends Omit<PhotoEncoderOptions, "maximumRss"> {
  /** Encoder processes; one per core unless given, at most four where they share a GPU. Fewer are started where `maxMemory` asks for it. */
  readonly workers?: number | undefined;
  /** Bytes for all processes of the run together; see {@link planMemory}. */
  readonly maxMemory?: number | undefined;
}

/** The encoders of one run. None is started before it is asked for or the first photo is expected. */
export class PhotoEncoders implements AsyncDisposable {
  readonly slots: readonly EncoderSlot[];
  /** What encoders were started on. */
  readonly devicesUsed: Set<Device> = new Set();
  readonly #model: Model;
  readonly #options: PhotoEncoderOptions;
  readonly #plan: MemoryPlan;

  constructor(model: Model, options: PhotoEncodersOptions) {
    const { device = "cpu", maxMemory, photoTimeout, nice, maxMegapixels, svg } = options;
    const cores = availableParallelism();
    const { workers = device === "cpu" ? cores : Math.min(cores, mostOnGpu) } = options;
    this.#model = model;
    this.#options = { device, photoTimeout, nice, maxMegapixels, svg };
    this.#plan = planMemory(model, workers, maxMemory, device);
    const { limit, share } = this.#plan;
    this.slots = Array.from({ length: this.#plan.workers }, () => new EncoderSlot(() => this.#start(limit), share));
  }

  /**
   * Has the first encoder load the model, where that is the CPU's: one for another device was tried when that was chosen.
   * @throws ClipfindError MODEL_*
   */
  async open(): Promise<void> {
    if (this.#options.device === "cpu") await this.slots[0]?.use(async () => undefined);
  }

  /** Starts the encoders that so many photos can occupy, while the scan still goes on. */
  warmUp(photos: number): void {
    for (const slot of this.slots.slice(0, photos)) slot.warmUp();
  }

  /** An encoder that has all the memory to itself, and needs no driver but the CPU: the others are ended. */
  async alone(): Promise<EncoderSlot> {
    await this.close();
    return new EncoderSlot(() => this.#start(this.#plan.limitAlone, "cpu"), this.#plan.limitAlone);
  }

  /** Ends all encoders; resolves to what they have spent, but for those that were lost. */
  async close(): Promise<EncoderTimes> {
    // A slot tells all it ever spent.
    return (await Promise.all(this.slots.map((slot) => slot.close()))).reduce(addTimes);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #start(maximumRss: number, device: Device = this.#options.device ?? "cpu"): PhotoEncoder {
    this.devicesUsed.add(device);
    return PhotoEncoder.start(this.#model, { ...this.#options, device, maximumRss });
  }
}
