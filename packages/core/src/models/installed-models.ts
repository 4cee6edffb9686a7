import { readdirSync } from "node:fs";
import { join } from "node:path";
import { ClipfindError } from "../errors.ts";
import { type Model, openModel } from "./open-model.ts";

/** A directory of the models' home. */
export interface InstalledModel {
  readonly id: string;
  readonly directory: string;
  /** The model, or why it cannot be used. */
  readonly state: { readonly model: Model } | { readonly problem: string };
}

/** Names that a directory of a model may have. Lower case, so that no two are one on some disks. */
export const idPattern: RegExp = /^[a-z0-9][a-z0-9._-]{0,99}$/;

/**
 * The ids of the models in `home`, sorted; none where there is no such directory.
 * @throws ClipfindError PERMISSION_DENIED
 */
export function installedIds(home: string): string[] {
  try {
    return readdirSync(home, { withFileTypes: true })
      .filter((entry) => !entry.isFile() && idPattern.test(entry.name))
      .map(({ name }) => name)
      .toSorted();
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === "ENOENT") return [];
    throw new ClipfindError("PERMISSION_DENIED", `${home}: expected the directory of the models, could not read it`, {
      hint: "CLIPFIND_MODELS names another one.",
      cause,
    });
  }
}

/** The models in `home`, by id, the damaged ones too. Hashes nothing. */
export function installedModels(home: string): InstalledModel[] {
  return installedIds(home).map((id) => {
    const directory = join(home, id);
    try {
      return { id, directory, state: { model: openModel(directory) } };
    } catch (error) {
      if (!(error instanceof ClipfindError)) throw error;
      return { id, directory, state: { problem: error.message } };
    }
  });
}
