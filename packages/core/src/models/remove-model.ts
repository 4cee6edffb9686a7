import { existsSync } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { ClipfindError } from "../errors.ts";
import { fileError } from "./file-error.ts";
import { idPattern } from "./installed-models.ts";
import { type LockOptions, withModelLock } from "./model-lock.ts";
import { partialDirectory } from "./models-home.ts";

/**
 * Removes the model `id` from `home`, and what an unfinished download of it has left.
 * @returns false where there was neither
 * @throws ClipfindError INVALID_ARGUMENT (no name of a model), PERMISSION_DENIED, ABORTED
 */
export async function removeModel(home: string, id: string, options: LockOptions = {}): Promise<boolean> {
  // The name becomes a path.
  if (!idPattern.test(id)) {
    throw new ClipfindError("INVALID_ARGUMENT", `Expected the name of a model, found ${JSON.stringify(id)}`, {
      hint: "`clipfind models list` shows the names.",
    });
  }
  const [directory, partial] = [join(home, id), partialDirectory(home, id)];
  if (!existsSync(directory) && !existsSync(partial)) return false;
  await withModelLock(home, id, options, async () => {
    try {
      // Gone at once: a model that lacks files is never seen.
      const doomed = partialDirectory(home, `.removed-${id}`);
      await rm(doomed, { recursive: true, force: true });
      if (existsSync(directory)) await rename(directory, doomed);
      await rm(doomed, { recursive: true, force: true });
      await rm(partial, { recursive: true, force: true });
    } catch (error) {
      throw fileError(error, directory);
    }
  });
  return true;
}
