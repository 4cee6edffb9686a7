import type { ModelRow, ModelsTable } from "../db/models-table.ts";
import type { RootRow } from "../db/roots-table.ts";
import { chooseDevice, type ChosenDevice } from "../devices/choose-device.ts";
import type { Device } from "../device.ts";
import { ClipfindError } from "../errors.ts";
import { rememberedModel, variantsOf } from "../library-model.ts";
import { checkModel } from "../models/check-model.ts";
import { miniModel } from "../models/mini-model.ts";
import { type Model, openModel } from "../models/open-model.ts";
import type { Agreement, Precision } from "../precision.ts";
import { agrees, isSettled, saturates } from "./agreement.ts";
import { type CompareOptions, comparePrecisions } from "./compare-precisions.ts";

export interface ModelWish {
  /** A model directory; undefined: the one indexed with last, or the mini model. */
  readonly directory: string | undefined;
  /** Undefined or "auto": what was chosen before, else int8 if it agrees with fp32 on the user's photos. */
  readonly precision: Precision | "auto" | undefined;
  /** Undefined or "auto": the fastest that makes the CPU's vectors. int8 is the CPU's alone. */
  readonly device: Device | "auto" | undefined;
}

/** The model to index with, why in this precision, and what it runs on. */
export interface ChosenModel {
  readonly model: Model;
  readonly device: Device;
  /** What was measured to choose the device, if it was measured just now. */
  readonly told?: string | undefined;
  readonly agreement: ModelRow["agreement"];
  /** As in ModelRow. */
  readonly tried?: string | undefined;
  /** As in ModelRow: the sha256 of all of its files is right. */
  readonly verified: ModelRow["verified"];
  /** Given if the two precisions were compared just now, and it is settled. */
  readonly compared?: Agreement;
  /** CPU time of the processes that compared the precisions just now, in milliseconds. */
  readonly spent?: number;
}

/**
 * The model to index `roots` with, its files checked before any of them is loaded, and its device. Where it is not settled
 * yet which precision a compiled model may have, the first photos are encoded with both; unless a GPU is faster than
 * either, which computes in fp32.
 * @throws ClipfindError MODEL_*, DEVICE_UNAVAILABLE, INVALID_ARGUMENT (int8 on a device that is named), ABORTED
 */
export async function chooseModel(
  models: ModelsTable,
  { directory, precision, device: wished }: ModelWish,
  roots: readonly RootRow[],
  options: Omit<CompareOptions, "tried">,
): Promise<ChosenModel> {
  const { workers, signal } = options;
  const deviceFor = async (model: Model, fast?: Model): Promise<ChosenDevice> =>
    model.precision === "int8" ? onlyCpu(wished) : chooseDevice(model, { device: wished, workers, fast, signal });
  const last = models.chosen();
  const base =
    directory !== undefined ? openModel(directory) : last === undefined ? miniModel() : rememberedModel(last);
  if (precision === "fp32" || precision === "int8") {
    const model = openModel(base.directory, precision);
    const before = models.byFingerprint(model.fingerprint);
    const verified = await checkModel(model, before?.verified);
    return { model, agreement: before?.agreement ?? "by hand", verified, ...(await deviceFor(model)) };
  }
  const [exact, fast] = variantsOf(base) as [Model, Model?];
  const variants = fast === undefined ? [exact] : [exact, fast];
  const row = models.all().find(({ fingerprint }) => variants.some((model) => model.fingerprint === fingerprint));
  const verified = await checkModel(exact, row?.verified);
  if (fast === undefined) return { model: exact, agreement: null, verified, ...(await deviceFor(exact)) };
  const known = variants.find(({ fingerprint }) => fingerprint === row?.fingerprint);
  if (known !== undefined && row !== undefined && row.agreement !== null && holdsHere(row.agreement, fast)) {
    return { model: known, agreement: row.agreement, verified, ...(await deviceFor(known)) };
  }
  const { device, told } = await deviceFor(known ?? exact, fast);
  if (device !== "cpu") return { model: exact, agreement: null, tried: row?.tried, verified, device, told };
  const { agreement, state, spent } = await comparePrecisions(exact, fast, roots, { ...options, tried: row?.tried });
  if (agreement === undefined || !isSettled(agreement)) {
    return { model: known ?? exact, agreement: row?.agreement ?? null, tried: state, verified, spent, device, told };
  }
  return { model: agrees(agreement) ? fast : exact, agreement, compared: agreement, verified, spent, device, told };
}

/** What was found on a CPU of the other kind is found anew; what the user said holds everywhere. */
function holdsHere(agreement: Agreement | "by hand", fast: Model): boolean {
  return agreement === "by hand" || agreement.saturates === saturates(fast);
}

/** @throws ClipfindError INVALID_ARGUMENT when another device is named */
function onlyCpu(wished: Device | "auto" | undefined): ChosenDevice {
  if (wished === undefined || wished === "auto" || wished === "cpu") return { device: "cpu" };
  throw new ClipfindError(
    "INVALID_ARGUMENT",
    `Expected --device cpu for int8, found ${wished}: only a CPU computes int8`,
    {
      hint: `Leave --device out, or say --precision fp32, which encodes photos that have int8 vectors again.`,
    },
  );
}
