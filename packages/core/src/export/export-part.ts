import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { ExportedPhoto } from "./exported-photo.ts";
import { JsonlFile } from "./jsonl-file.ts";
import { NpyFile, type VectorType } from "./npy-file.ts";
import { ParquetFile } from "./parquet-file.ts";

export type ExportFormat = "jsonl" | "npy" | "parquet";

/** Where a part of an export goes, and how it is written. */
export interface PartPlace {
  /** Directory of the export. */
  readonly directory: string;
  /** Number of the part, as its files' names have it. */
  readonly number: string;
  readonly format: ExportFormat;
  readonly dims: number;
  readonly vectorType: VectorType;
  /** Whether its photos have ranks. */
  readonly isRanked: boolean;
}

/** One of the files, or pairs of files, that an export consists of. */
export interface ExportPart extends AsyncDisposable {
  /** Paths of its files below the export's directory. */
  readonly files: readonly string[];
  write(photos: readonly ExportedPhoto[], vectors: Float32Array): Promise<void>;
  finish(): Promise<void>;
}

/** Begins a part: in clip-retrieval's layout vectors and metadata, row by row, else both in one file. */
export async function exportPart(place: PartPlace): Promise<ExportPart> {
  const { directory, number, format, dims, vectorType, isRanked } = place;
  const made = async (folder: string, name: string): Promise<string> => {
    await mkdir(join(directory, folder), { recursive: true });
    return `${folder}/${name}`;
  };
  if (format === "npy") {
    const files = [
      await made("img_emb", `img_emb_${number}.npy`),
      await made("metadata", `metadata_${number}.parquet`),
    ];
    const npy = await NpyFile.create(join(directory, files[0]!), dims, vectorType);
    const parquet = new ParquetFile(join(directory, files[1]!), { isRanked });
    return {
      files,
      write: async (photos, vectors) => {
        await npy.write(vectors);
        await parquet.write(photos, vectors);
      },
      finish: async () => {
        await npy.finish();
        await parquet.finish();
      },
      [Symbol.asyncDispose]: () => npy[Symbol.asyncDispose](),
    };
  }
  const file = await made("photos", `photos_${number}.${format}`);
  const path = join(directory, file);
  if (format === "jsonl") {
    const jsonl = await JsonlFile.create(path, dims);
    return {
      files: [file],
      write: (photos, vectors) => jsonl.write(photos, vectors),
      finish: () => jsonl.finish(),
      [Symbol.asyncDispose]: () => jsonl[Symbol.asyncDispose](),
    };
  }
  const parquet = new ParquetFile(path, { dims, isRanked });
  return {
    files: [file],
    write: (photos, vectors) => parquet.write(photos, vectors),
    finish: () => parquet.finish(),
    [Symbol.asyncDispose]: async () => undefined,
  };
}
