import { open } from "node:fs/promises";
import { ParquetWriter, fileWriter } from "hyparquet-writer";
import type { ExportedPhoto } from "./exported-photo.ts";

type Schema = ConstructorParameters<typeof ParquetWriter>[0]["schema"];

/** One column: how Parquet stores it, and the value of a photo. */
interface Column {
  readonly element: Schema[number];
  readonly value: (photo: ExportedPhoto) => unknown;
}

const text = { type: "BYTE_ARRAY", converted_type: "UTF8" } as const;
const always = { repetition_type: "REQUIRED" } as const;
const perhaps = { repetition_type: "OPTIONAL" } as const;

const columnsOfAll: readonly Column[] = [
  { element: { name: "id", type: "INT64", ...always }, value: ({ id }) => BigInt(id) },
  { element: { name: "image_path", ...text, ...always }, value: (photo) => photo.image_path },
  { element: { name: "image_path_bytes", ...text, ...perhaps }, value: (photo) => photo.image_path_bytes },
  { element: { name: "hash", ...text, ...always }, value: ({ hash }) => hash },
  { element: { name: "bytes", type: "INT64", ...always }, value: ({ bytes }) => BigInt(bytes) },
  { element: { name: "width", type: "INT32", ...perhaps }, value: ({ width }) => width },
  { element: { name: "height", type: "INT32", ...perhaps }, value: ({ height }) => height },
  { element: { name: "format", ...text, ...perhaps }, value: ({ format }) => format },
  {
    element: { name: "modified", type: "INT64", converted_type: "TIMESTAMP_MILLIS", ...always },
    value: ({ modified }) => new Date(modified),
  },
  { element: { name: "missing", type: "BOOLEAN", ...always }, value: ({ missing }) => missing },
];

const columnsOfRanked: readonly Column[] = [
  { element: { name: "rank", type: "INT32", ...always }, value: ({ rank }) => rank },
  { element: { name: "score", type: "DOUBLE", ...perhaps }, value: ({ score }) => score },
  { element: { name: "confidence", type: "DOUBLE", ...perhaps }, value: ({ confidence }) => confidence },
];

const embedding: Schema = [
  { name: "embedding", ...always, converted_type: "LIST", num_children: 1 },
  { name: "list", repetition_type: "REPEATED", num_children: 1 },
  { name: "element", type: "FLOAT", ...always },
];

/** What a Parquet file holds besides what every photo has. */
export interface ParquetColumns {
  /** Numbers of a vector: the vectors are a list of floats. */
  readonly dims?: number;
  readonly isRanked: boolean;
}

/** A Parquet file of photos; a row group per write. */
export class ParquetFile {
  readonly #path: string;
  readonly #dims: number | undefined;
  readonly #columns: readonly Column[];
  readonly #writer: ParquetWriter;

  /** Makes the file `path`. */
  constructor(path: string, { dims, isRanked }: ParquetColumns) {
    this.#path = path;
    this.#dims = dims;
    this.#columns = isRanked ? [...columnsOfAll, ...columnsOfRanked] : columnsOfAll;
    const all = this.#columns.map(({ element }) => element);
    const root = { name: "root", num_children: all.length + (dims === undefined ? 0 : 1) };
    this.#writer = new ParquetWriter({
      writer: fileWriter(path),
      schema: [root, ...all, ...(dims === undefined ? [] : embedding)],
      createdBy: "clipfind",
    });
  }

  /** Adds photos, and their vectors: float32, one after the other. */
  async write(photos: readonly ExportedPhoto[], vectors: Float32Array): Promise<void> {
    const columnData = this.#columns.map(({ element, value }) => ({ name: element.name, data: photos.map(value) }));
    const dims = this.#dims;
    if (dims !== undefined) {
      const data = photos.map((_, row) => Array.from(vectors.subarray(row * dims, (row + 1) * dims)));
      columnData.push({ name: "embedding", data });
    }
    await this.#writer.write({ columnData, rowGroupSize: Math.max(1, photos.length) });
  }

  /** Writes the file's directory, and sees to it that all is on the disk. */
  async finish(): Promise<void> {
    await this.#writer.finish();
    await using handle = await open(this.#path, "r+");
    await handle.sync();
  }
}
