import { mkdir, readdir, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { checkDiskSpace } from "../disk-space.ts";
import { fileError } from "../file-error.ts";
import type { PlannedFile } from "./choose-source.ts";
import { downloadFile } from "./download-file.ts";
import type { HubConnection } from "./hub-connection.ts";
import type { RetryOptions } from "./retrying.ts";

/** Downloads at a time. */
const atATime = 4;

export interface FetchOptions extends RetryOptions {
  /** Told the bytes of all files that are there. */
  readonly onBytes?: ((present: number) => void) | undefined;
}

/**
 * Downloads `files` into `directory`, several at a time, and removes from it what is none of them. When one fails, the
 * others are stopped; what has come is kept.
 * @throws ClipfindError DISK_FULL (before the first byte, if it can be known), HUB_*, DOWNLOAD_DAMAGED, AbortError
 */
export async function fetchFiles(
  hub: HubConnection,
  files: readonly PlannedFile[],
  directory: string,
  options: FetchOptions,
): Promise<void> {
  const paths = files.map(({ as }) => join(directory, as));
  const present = await prepare(directory, files, paths);
  const missing = files.reduce((sum, { bytes }, index) => sum + bytes - (present[index] ?? 0), 0);
  const total = files.reduce((sum, { bytes }) => sum + bytes, 0);
  // The model is put together beside what was downloaded.
  await checkDiskSpace(directory, missing + total, "the download, and the model made of it");
  const stop = new AbortController();
  const signal = options.signal === undefined ? stop.signal : AbortSignal.any([stop.signal, options.signal]);
  let next = 0;
  let failure: { readonly error: unknown } | undefined;
  const work = async (): Promise<void> => {
    for (let index = next++; index < files.length; index = next++) {
      const file = files[index] as PlannedFile;
      const { repository, revision, path } = file;
      const url = `${hub.endpoint}/${repository}/resolve/${encodeURIComponent(revision)}/${path.split("/").map(encodeURIComponent).join("/")}`;
      const onBytes = (bytes: number): void => {
        present[index] = bytes;
        options.onBytes?.(present.reduce((sum, each) => sum + each, 0));
      };
      await downloadFile({ ...options, hub, url, file, target: paths[index] as string, signal, onBytes });
    }
  };
  await Promise.all(
    Array.from({ length: Math.min(atATime, files.length) }, () =>
      work().catch((error: unknown) => {
        // The first one is to blame; the others were stopped for it.
        failure ??= { error };
        stop.abort();
      }),
    ),
  );
  if (failure !== undefined) throw failure.error;
}

/** Makes the directories; returns how many bytes of each file are there already. */
async function prepare(directory: string, files: readonly PlannedFile[], paths: readonly string[]): Promise<number[]> {
  try {
    for (const path of [directory, ...paths.map(dirname)]) await mkdir(path, { recursive: true });
    const wanted = new Set(paths.flatMap((path) => [path, `${path}.part`, `${path}.part.json`]));
    for (const entry of await readdir(directory, { recursive: true, withFileTypes: true })) {
      const path = join(entry.parentPath, entry.name);
      if (!entry.isDirectory() && !wanted.has(path)) await rm(path);
    }
    return await Promise.all(
      files.map(async ({ bytes }, index) => {
        const path = paths[index] as string;
        const stats = (await stat(path).catch(() => undefined)) ?? (await stat(`${path}.part`).catch(() => undefined));
        return Math.min(stats?.size ?? 0, bytes);
      }),
    );
  } catch (error) {
    throw fileError(error, directory);
  }
}
