import type { ModelRow, ModelsTable } from "../db/models-table.ts";
import type { RootRow } from "../db/roots-table.ts";
import { rememberedModel, variantsOf } from "../library-model.ts";
import { checkModel } from "../models/check-model.ts";
import { miniModel } from "../models/mini-model.ts";
import { type Model, openModel } from "../models/open-model.ts";
import type { PhotoEncoderOptions } from "../photos/photo-encoder.ts";
import type { Agreement, Precision } from "../precision.ts";
import { agrees, isSettled } from "./agreement.ts";
import { comparePrecisions } from "./compare-precisions.ts";

export interface ModelWish {
  /** A model directory; undefined: the one indexed with last, or the mini model. */
  readonly directory: string | undefined;
  /** Undefined or "auto": what was chosen before, else int8 if it agrees with fp32 on the user's photos. */
  readonly precision: Precision | "auto" | undefined;
}

/** The model to index with, and why in this precision. */
export interface ChosenModel {
  readonly model: Model;
  readonly agreement: ModelRow["agreement"];
  /** As in ModelRow. */
  readonly tried?: string | undefined;
  /** As in ModelRow: the sha256 of all of its files is right. */
  readonly verified: ModelRow["verified"];
  /** Given if the two precisions were compared just now, and it is settled. */
  readonly compared?: Agreement;
}

/**
 * The model to index `roots` with, its files checked before any of them is loaded. Where it is not settled yet which precision a compiled model may have, the first
 * photos are encoded with both.
 * @throws ClipfindError MODEL_*, ABORTED
 */
export async function chooseModel(
  models: ModelsTable,
  { directory, precision }: ModelWish,
  roots: readonly RootRow[],
  options: PhotoEncoderOptions & { readonly signal?: AbortSignal | undefined },
): Promise<ChosenModel> {
  const last = models.chosen();
  const base =
    directory !== undefined ? openModel(directory) : last === undefined ? miniModel() : rememberedModel(last);
  if (precision === "fp32" || precision === "int8") {
    const model = openModel(base.directory, precision);
    const before = models.byFingerprint(model.fingerprint);
    const verified = await checkModel(model, before?.verified);
    return { model, agreement: before?.agreement ?? "by hand", verified };
  }
  const [exact, fast] = variantsOf(base) as [Model, Model?];
  const variants = fast === undefined ? [exact] : [exact, fast];
  const row = models.all().find(({ fingerprint }) => variants.some((model) => model.fingerprint === fingerprint));
  const verified = await checkModel(exact, row?.verified);
  if (fast === undefined) return { model: exact, agreement: null, verified };
  const known = variants.find(({ fingerprint }) => fingerprint === row?.fingerprint);
  if (known !== undefined && row !== undefined && row.agreement !== null) {
    return { model: known, agreement: row.agreement, verified };
  }
  const { agreement, state } = await comparePrecisions(exact, fast, roots, { ...options, tried: row?.tried });
  if (agreement === undefined || !isSettled(agreement)) {
    return { model: known ?? exact, agreement: null, tried: state, verified };
  }
  return { model: agrees(agreement) ? fast : exact, agreement, compared: agreement, verified };
}
