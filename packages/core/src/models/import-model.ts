import { readFile, rm, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { ClipfindError } from "../errors.ts";
import { extractArchive } from "./archive/extract-archive.ts";
import { catalogue } from "./catalogue.ts";
import { installModel } from "./install-model.ts";
import { idPattern, installedIds } from "./installed-models.ts";
import { type LockOptions, withModelLock } from "./model-lock.ts";
import { partialDirectory } from "./models-home.ts";
import type { Model } from "./open-model.ts";

export interface ImportRequest {
  /** A directory or an archive (.zip, .tar, .tar.gz) with a model directory, or the source files of a model. */
  readonly path: string;
  readonly home: string;
  /** The name it gets; else the one it was exported under, else that of the file or directory. */
  readonly id?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onEvent?: ((event: ImportEvent) => void) | undefined;
}

/** What happens on the way. */
export type ImportEvent =
  | { readonly type: "waiting"; readonly holder: string }
  | { readonly type: "step"; readonly step: string };

/**
 * Makes a model in `home` of one that is on this machine. Works without a network; `path` is only read.
 * @throws ClipfindError MODEL_NOT_FOUND (nothing there), MODEL_INVALID, ARCHIVE_INVALID, INVALID_ARGUMENT (the name is
 *   taken, or cannot be one), DISK_FULL, PERMISSION_DENIED, ABORTED
 */
export async function importModel(request: ImportRequest): Promise<{ id: string; model: Model }> {
  const { path, home, signal, onEvent } = request;
  const stats = await stat(path).catch((cause: unknown) => {
    throw new ClipfindError("MODEL_NOT_FOUND", `${path}: expected a directory or an archive with a model`, {
      hint: "Is the path right, and may it be read?",
      cause,
    });
  });
  const locking = { signal, onWait: (holder: string): void => onEvent?.({ type: "waiting", holder }) };
  try {
    if (stats.isDirectory()) return await install(request, path, locking);
    // Its name may be in it, so it is unpacked before the name is known: in one place, for one process at a time, so
    // that what one that was killed has left goes with the next. No model can have this name.
    const place = ".import";
    return await withModelLock(home, place, locking, async () => {
      const unpacked = partialDirectory(home, place);
      try {
        await rm(unpacked, { recursive: true, force: true });
        onEvent?.({ type: "step", step: "unpacking" });
        return await install(request, await extractArchive(path, unpacked, signal), locking);
      } finally {
        await rm(unpacked, { recursive: true, force: true });
      }
    });
  } catch (error) {
    if (signal?.aborted !== true) throw error;
    throw new ClipfindError("ABORTED", "Stopped; nothing was installed", { hint: "Run it again.", cause: error });
  }
}

async function install(
  request: ImportRequest,
  source: string,
  locking: LockOptions,
): Promise<{ id: string; model: Model }> {
  const { home, signal, onEvent } = request;
  const id = await idOf(request, source);
  return withModelLock(home, id, locking, async () => {
    if (installedIds(home).includes(id)) {
      throw new ClipfindError("INVALID_ARGUMENT", `There is a model ${id} already`, {
        hint: `Give it another name with --as, or remove the other one: \`clipfind models remove ${id}\`.`,
      });
    }
    const name = catalogue.find((model) => model.id === id)?.name ?? id;
    const onStep = (step: string): void => onEvent?.({ type: "step", step });
    return { id, model: await installModel({ home, id, name, source, signal, onStep }) };
  });
}

async function idOf({ path, id }: ImportRequest, source: string): Promise<string> {
  const named = id ?? (await exportedId(source)) ?? basename(path).replace(/\.(zip|tar|tar\.gz|tgz)$/i, "");
  const lower = id ?? named.toLowerCase().replaceAll(/[^a-z0-9._-]+/g, "-");
  if (idPattern.test(lower)) return lower;
  throw new ClipfindError("INVALID_ARGUMENT", `${JSON.stringify(named)} cannot be the name of a model`, {
    hint: "Give it one with --as: small letters, digits, and . _ - between them, at most 100.",
  });
}

async function exportedId(source: string): Promise<string | undefined> {
  try {
    const origin = JSON.parse(await readFile(join(source, "origin.json"), "utf8")) as { id?: unknown } | null;
    return typeof origin?.id === "string" ? origin.id : undefined;
  } catch {
    // Most have none.
    return undefined;
  }
}
