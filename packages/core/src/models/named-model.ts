import { statSync } from "node:fs";
import { join, resolve } from "node:path";
import { installedIds } from "./installed-models.ts";
import { matchId } from "./match-id.ts";
import { modelsHome } from "./models-home.ts";

/**
 * The directory of the model that `name` means: a directory, or an installed model's id or the beginning of just one.
 * Whether a model is in it is not looked at.
 * @throws ClipfindError MODEL_NOT_FOUND (neither; a model of the catalogue is named with what getting it takes),
 *   INVALID_ARGUMENT (the beginning of several)
 */
export async function namedModel(
  name: string,
  place: { readonly env: Readonly<Record<string, string | undefined>>; readonly cwd: string },
): Promise<string> {
  const directory = resolve(place.cwd, name);
  const isPath = /[/\\]/.test(name) || name.startsWith(".");
  if (isPath || statSync(directory, { throwIfNoEntry: false })?.isDirectory() === true) return directory;
  const home = modelsHome(place);
  const [id, ...others] = matchId(name, installedIds(home));
  if (id !== undefined && others.length === 0) return join(home, id);
  // Loaded only where something is wrong: a search has no use for the catalogue.
  const { installedModel } = await import("./installed-model.ts");
  return installedModel(home, name).directory;
}
