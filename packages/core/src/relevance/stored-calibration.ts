import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Calibration } from "./calibrate.ts";

/** What is stored of a calibration: one file per model, beside its vectors. */
export interface StoredCalibration extends Calibration {
  readonly version: 1;
  /** How many photos there were. */
  readonly photos: number;
  /** Content ids of the photos that it was measured with: a uniform sample. */
  readonly sample: readonly number[];
}

/** The calibration of a model in the library, undefined where there is none, or none that can be read: it is made anew. */
export function storedCalibration(library: string, fingerprint: string): StoredCalibration | undefined {
  try {
    const text = readFileSync(calibrationFile(library, fingerprint), "utf8");
    const stored = JSON.parse(text) as Partial<StoredCalibration> | null;
    const { version, photos, sample, borders, ratios } = stored ?? {};
    const lists = [sample, borders, ratios];
    if (version !== 1 || typeof photos !== "number" || !lists.every(isNumbers)) return undefined;
    return ratios?.length === (borders as number[]).length + 1 ? (stored as StoredCalibration) : undefined;
  } catch {
    return undefined;
  }
}

function isNumbers(list: unknown): boolean {
  return Array.isArray(list) && list.every((item) => typeof item === "number");
}

/** Where it is stored. */
export function calibrationFile(library: string, fingerprint: string): string {
  return join(library, "relevance", `${fingerprint.slice(0, 16)}.json`);
}
