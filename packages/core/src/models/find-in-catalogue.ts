import { ClipfindError } from "../errors.ts";
import { catalogue } from "./catalogue.ts";
import type { CatalogueModel } from "./catalogue-model.ts";
import { matchId } from "./match-id.ts";

/**
 * The model of the catalogue with this id, or whose id alone begins with `name`.
 * @throws ClipfindError INVALID_ARGUMENT when there is none, or several
 */
export function findInCatalogue(name: string): CatalogueModel {
  const ids = catalogue.map(({ id }) => id);
  const found = matchId(name, ids);
  const model = catalogue.find(({ id }) => id === found[0]);
  if (found.length === 1 && model !== undefined) return model;
  const which = found.length > 1 ? found : ids;
  const what = found.length > 1 ? "is the beginning of several models' names" : "is no model of the catalogue";
  throw new ClipfindError("INVALID_ARGUMENT", `${JSON.stringify(name)} ${what}`, {
    hint: `Expected one of: ${which.join(", ")}. \`clipfind models list\` says what each is good for.`,
  });
}
