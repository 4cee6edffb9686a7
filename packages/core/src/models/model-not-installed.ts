import { ClipfindError } from "../errors.ts";
import { catalogue } from "./catalogue.ts";
import { formatBytes } from "./format-bytes.ts";
import { matchId } from "./match-id.ts";

/** The error for a model that is named and not there: with what getting it takes, if the catalogue has it. */
export function modelNotInstalled(name: string, home: string): ClipfindError {
  const found = catalogue.filter(({ id }) =>
    matchId(
      name,
      catalogue.map((model) => model.id),
    ).includes(id),
  );
  const [model] = found;
  if (model === undefined) {
    return new ClipfindError("MODEL_NOT_FOUND", `${name} is neither a directory nor a model in ${home}`, {
      hint: "`clipfind models list` shows what is installed and what can be downloaded.",
    });
  }
  if (found.length > 1) {
    const ids = found.map(({ id }) => id).join(", ");
    return new ClipfindError("MODEL_NOT_FOUND", `No model whose name begins with ${name} is installed`, {
      hint: `These can be downloaded: ${ids}. Run \`clipfind models pull ID\`.`,
    });
  }
  const { id, bytes, licence } = model;
  const note = licence.note === undefined ? "" : ` (${licence.note})`;
  return new ClipfindError("MODEL_NOT_FOUND", `The model ${id} is not installed`, {
    hint: `Run \`clipfind models pull ${id}\`: about ${formatBytes(bytes)}, licence ${licence.name}${note}.`,
  });
}
