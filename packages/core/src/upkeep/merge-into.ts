import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Catalog } from "../db/open-catalog.ts";
import { ClipfindError } from "../errors.ts";
import { storeDirectory } from "../library-model.ts";
import { type MergeEvent, mergeLibraries, type MergeOptions } from "./merge-libraries.ts";
import { type MergeSource, mergeDirectories, openMergeSource } from "./merge-source.ts";
import { openForWriting } from "./open-for-writing.ts";

export type { MergeEvent, MergeOptions } from "./merge-libraries.ts";

/**
 * Merges the libraries in `paths` into the one in `directory`, which may be empty. All of them are opened before
 * anything is written.
 * @throws ClipfindError as Library.merge
 */
export async function* mergeInto(
  directory: string,
  catalog: Catalog,
  paths: readonly string[],
  { signal }: MergeOptions,
): AsyncGenerator<MergeEvent, void, void> {
  const sources: MergeSource[] = [];
  try {
    for (const path of mergeDirectories(paths, directory)) {
      sources.push(openMergeSource(path, catalog.models.current() ?? sources[0]?.model, storeDirectory));
    }
    yield* mergeOpened(directory, catalog, sources, signal);
  } finally {
    for (const source of sources) source[Symbol.dispose]();
  }
}

async function* mergeOpened(
  directory: string,
  catalog: Catalog,
  sources: readonly MergeSource[],
  signal: AbortSignal | undefined,
): AsyncGenerator<MergeEvent, void, void> {
  const own = catalog.models.current();
  const model = own ?? (sources[0] as MergeSource).model;
  const place = storeDirectory(directory, model.fingerprint);
  mkdirSync(join(directory, "vectors"), { recursive: true });
  const opened = await openForWriting({ catalog, directory: place, dims: model.dims, shards: undefined, signal });
  using vectors = opened.vectors;
  if (opened.repaired !== undefined) yield { type: "repaired", path: place, ...opened.repaired };
  catalog.transaction(() => {
    if (own === undefined) catalog.models.choose(model);
    catalog.models.addDevices(
      model.fingerprint,
      sources.flatMap((source) => source.model.devices),
    );
  });
  for await (const event of mergeLibraries({ catalog, vectors, signal }, sources)) {
    if (event.type === "done") await compact(vectors, signal);
    yield event;
  }
}

/** What cannot be tidied up now, the next run tidies up. */
async function compact(vectors: MergeSource["vectors"], signal: AbortSignal | undefined): Promise<void> {
  try {
    await vectors.compact({ signal });
  } catch (error) {
    if (!(error instanceof ClipfindError)) throw error;
  }
}
