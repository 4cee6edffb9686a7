import { copyFile, mkdir, rename, rm, rmdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { constants, existsSync } from "node:fs";
import { prepareModel } from "../prepare-model.ts";
import { compileModel } from "./compile/compile-model.ts";
import { fileError } from "./file-error.ts";
import { partialDirectory } from "./models-home.ts";
import { type Model, openModel } from "./open-model.ts";
import { verifiedFiles, verifyModel } from "./verify-model.ts";

export interface InstallRequest {
  readonly home: string;
  readonly id: string;
  readonly name: string;
  /** A model directory, or one with the source files of a model (see compileModel); it is only read. */
  readonly source: string;
  /** Where the model comes from, for `origin.json`; one that is a model directory may bring its own. */
  readonly origin?: object | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onStep?: ((step: string) => void) | undefined;
}

/**
 * Makes the model directory `home/id`, which appears whole or not at all, and clears away what was used for it. The caller holds the model's lock and has seen
 * that there is none.
 * @throws ClipfindError MODEL_INVALID, MODEL_NOT_FOUND, DISK_FULL, PERMISSION_DENIED
 */
export async function installModel(request: InstallRequest): Promise<Model> {
  const { home, id, name, source, origin, signal, onStep } = request;
  const partial = partialDirectory(home, id);
  const made = join(partial, "model");
  try {
    // Of a call that was killed.
    await rm(made, { recursive: true, force: true });
    await mkdir(dirname(made), { recursive: true });
    if (existsSync(join(source, "model.json"))) await copyModel(source, made, onStep);
    else await compileModel({ source, target: made, name, signal, onStep });
    signal?.throwIfAborted();
    if (origin !== undefined) {
      const note = { version: 1, id, ...origin, installed: new Date().toISOString() };
      await writeFile(join(made, "origin.json"), `${JSON.stringify(note, undefined, 2)}\n`, { flush: true });
    }
    await rename(made, join(home, id));
    await rm(partial, { recursive: true, force: true });
  } catch (error) {
    await rm(made, { recursive: true, force: true });
    // A download may be in it, which the next try uses.
    await rmdir(partial).catch(() => {});
    throw fileError(error, made);
  }
  const model = openModel(join(home, id));
  await prepareModel(model, { signal, onStep });
  return model;
}

/** Copies the files that the manifest names, after they were checked. */
async function copyModel(source: string, made: string, onStep: InstallRequest["onStep"]): Promise<void> {
  onStep?.("checking the files");
  const model = openModel(source);
  await verifyModel(model);
  onStep?.("copying the files");
  const names = [...Object.keys(model.manifest.files), "model.json"];
  if (existsSync(join(source, "origin.json"))) names.push("origin.json");
  for (const name of names) {
    await mkdir(dirname(join(made, name)), { recursive: true });
    await copyFile(join(source, name), join(made, name), constants.COPYFILE_FICLONE);
  }
  // The source may have changed meanwhile.
  await verifiedFiles(openModel(made));
}
