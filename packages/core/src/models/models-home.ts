import { join, resolve } from "node:path";
import envPaths from "env-paths";

/**
 * The directory of the models that `clipfind models` manages, one directory each, named by its id: `CLIPFIND_MODELS`, else
 * `models` in the user's data directory by the rules of the system.
 */
export function modelsHome({
  env,
  cwd,
}: {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
}): string {
  const named = env["CLIPFIND_MODELS"];
  if (named !== undefined && named !== "") return resolve(cwd, named);
  return join(envPaths("clipfind", { suffix: "" }).data, "models");
}

/** Where work in progress on the model `id` is kept: on the same disk, so that what is done is moved by renaming. */
export function partialDirectory(home: string, id: string): string {
  return join(home, ".partial", id);
}
