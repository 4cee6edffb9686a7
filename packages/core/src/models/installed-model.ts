import { join } from "node:path";
import { ClipfindError } from "../errors.ts";
import { installedIds } from "./installed-models.ts";
import { matchId } from "./match-id.ts";
import { modelNotInstalled } from "./model-not-installed.ts";

/**
 * The id and directory of the installed model that `name` means: its id, or the beginning of just one.
 * @throws ClipfindError MODEL_NOT_FOUND, INVALID_ARGUMENT (the beginning of several)
 */
export function installedModel(home: string, name: string): { id: string; directory: string } {
  const [id, ...others] = matchId(name, installedIds(home));
  if (id === undefined) throw modelNotInstalled(name, home);
  if (others.length === 0) return { id, directory: join(home, id) };
  const ids = [id, ...others].join(", ");
  throw new ClipfindError(
    "INVALID_ARGUMENT",
    `${JSON.stringify(name)} is the beginning of several models' names: ${ids}`,
    {
      hint: "Write one in full.",
    },
  );
}
