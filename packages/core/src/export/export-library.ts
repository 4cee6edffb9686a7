import { existsSync, readdirSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { ModelRow } from "../db/models-table.ts";
import { ClipfindError } from "../errors.ts";
import { placeError } from "../place-error.ts";
import type { Vectors } from "../vectors.ts";
import { makeWholeDirectory, tidyUpBeside } from "../whole-directory.ts";
import { type ExportFormat, type ExportPart, exportPart } from "./export-part.ts";
import type { ExportedPhoto } from "./exported-photo.ts";
import type { VectorType } from "./npy-file.ts";
import { type Asked, type SelectOptions, type SelectSource, type Selection, selectPhotos } from "./select-photos.ts";

export interface ExportOptions extends SelectOptions {
  /**
   * "npy", the default: vectors as NumPy files, metadata as Parquet files, row by row, as clip-retrieval has them.
   * "parquet": Parquet files with the vectors in a column. "jsonl": JSON objects, a photo a line.
   */
  readonly format?: ExportFormat | undefined;
  /** Of NumPy files; float32 unless given. */
  readonly vectorType?: VectorType | undefined;
  /** Most rows of a file; a million unless given. */
  readonly rowsPerFile?: number | undefined;
  /** Replace an export that is there; anything else that is there is never touched. */
  readonly replace?: boolean | undefined;
  /** Told how many rows are written. */
  readonly onProgress?: ((rows: number, of: number) => void) | undefined;
  /** Aborting it ends search or export with ABORTED, leaving nothing. */
  readonly signal?: AbortSignal | undefined;
}

/** What an export holds; also what is in its export.json. */
export interface ExportReport {
  readonly version: 1;
  readonly format: ExportFormat;
  readonly vectorType: VectorType;
  readonly model: Pick<ModelRow, "dims" | "fingerprint" | "name" | "precision">;
  /** Absent where all photos were exported. */
  readonly asked?: Asked;
  readonly rows: number;
  /** Files left out because their vectors are lost, or not made yet: the next index run makes them. */
  readonly withoutVector: number;
  /** Below the directory. */
  readonly files: readonly string[];
}

/** What is exported, and the model of its vectors. */
export interface ExportSource extends SelectSource {
  readonly model: ModelRow;
}

/**
 * Ids looked up, and about as many rows held, at a time. Parquet's writer and JSON take several hundred bytes for
 * each number of a vector; NumPy's files take four.
 */
const idsAtOnce = { npy: 4096, parquet: 256, jsonl: 256 } as const;

/** In each export; tells it from any other directory. */
const reportName = "export.json";

/**
 * Writes photos, all unless some are asked for, with their vectors into the directory `target`, which appears whole or not
 * at all. Rows come in the order in which contents were first indexed, or best first where a search found them; their
 * vectors are never all in memory.
 * @throws ClipfindError INVALID_ARGUMENT (something is at `target`), DISK_FULL, PERMISSION_DENIED, STORE_*, ABORTED, and
 *   what Library.search throws
 */
export async function exportLibrary(
  source: ExportSource,
  target: string,
  options: ExportOptions = {},
): Promise<ExportReport> {
  const path = resolve(target);
  const { rowsPerFile = 1_000_000, replace = false } = options;
  if (!Number.isSafeInteger(rowsPerFile) || rowsPerFile < 1) {
    throw new ClipfindError("INVALID_ARGUMENT", `Expected at least one row per file, found ${rowsPerFile}`);
  }
  try {
    await tidyUpBeside(path);
    assertFree(path, replace);
    const selection = await selectPhotos(source, options);
    const fill = async (directory: string): Promise<ExportReport> => {
      const report = await writeParts(source, selection, directory, { ...options, rowsPerFile });
      await writeFile(join(directory, reportName), `${JSON.stringify(report, null, 2)}\n`, { flush: true });
      return report;
    };
    return await makeWholeDirectory(path, fill, { replace });
  } catch (error) {
    throw placeError(error, path);
  }
}

function assertFree(path: string, replace: boolean): void {
  if (!existsSync(path) || readdirSync(path).length === 0) return;
  const isExport = existsSync(join(path, reportName));
  if (isExport && replace) return;
  throw new ClipfindError("INVALID_ARGUMENT", `${path} is there already${isExport ? "" : ", and is no export"}`, {
    hint: isExport ? "Replace it with --force, or name another directory." : "Name another directory.",
  });
}

async function writeParts(
  { vectors, model }: ExportSource,
  { asked, isRanked, total, batches }: Selection,
  directory: string,
  options: ExportOptions & { readonly rowsPerFile: number },
): Promise<ExportReport> {
  const { format = "npy", vectorType = "float32", rowsPerFile, onProgress, signal } = options;
  const { name, fingerprint, precision, dims } = model;
  const digits = String(Math.max(0, Math.ceil(total / rowsPerFile) - 1)).length;
  const files: string[] = [];
  let [rows, rowsInPart, withoutVector] = [0, 0, 0];
  let part: ExportPart | undefined;
  const begin = async (): Promise<ExportPart> => {
    const number = String(Math.floor(rows / rowsPerFile)).padStart(digits, "0");
    const begun = await exportPart({ directory, number, format, dims, vectorType, isRanked });
    files.push(...begun.files);
    return begun;
  };
  const end = async (): Promise<void> => {
    await part?.finish();
    await part?.[Symbol.asyncDispose]();
    [part, rowsInPart] = [undefined, 0];
  };
  try {
    // An export of nothing is one, too.
    part = await begin();
    for (const photos of batches(idsAtOnce[format])) {
      if (signal?.aborted === true) {
        throw new ClipfindError("ABORTED", "The export was stopped; nothing was written", { cause: signal.reason });
      }
      const { kept, matrix } = withVectors(photos, vectors, dims);
      withoutVector += photos.length - kept.length;
      for (let at = 0; at < kept.length;) {
        part ??= await begin();
        const some = kept.slice(at, at + Math.min(kept.length - at, rowsPerFile - rowsInPart));
        await part.write(some, matrix.subarray(at * dims, (at + some.length) * dims));
        [at, rows, rowsInPart] = [at + some.length, rows + some.length, rowsInPart + some.length];
        if (rowsInPart === rowsPerFile) await end();
      }
      onProgress?.(rows, total);
    }
    await end();
  } finally {
    await part?.[Symbol.asyncDispose]();
  }
  const by = { name, fingerprint, precision, dims };
  return { version: 1, format, vectorType, model: by, ...(asked && { asked }), rows, withoutVector, files };
}

/** Photos that have a vector, and these: float32, one after the other. */
function withVectors(
  photos: readonly ExportedPhoto[],
  vectors: Vectors,
  dims: number,
): { readonly kept: readonly ExportedPhoto[]; readonly matrix: Float32Array } {
  const matrix = new Float32Array(photos.length * dims);
  const kept: ExportedPhoto[] = [];
  let last: { readonly id: number; readonly vector: Float32Array | undefined } | undefined;
  for (const photo of photos) {
    // Copies come one after the other.
    if (last?.id !== photo.id) last = { id: photo.id, vector: vectors.vector(photo.id) };
    if (last.vector === undefined) continue;
    matrix.set(last.vector, kept.length * dims);
    kept.push(photo);
  }
  return { kept, matrix: matrix.subarray(0, kept.length * dims) };
}
