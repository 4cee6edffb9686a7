/** Rows from `first` on, `count` of them. */
export interface RowRange {
  readonly first: number;
  readonly count: number;
}

/** Named tensors of a model's source, read one at a time: a model need not fit into memory. */
export interface Tensors {
  /** Where they are, for messages. */
  readonly source: string;
  has(name: string): boolean;
  /** @throws ClipfindError MODEL_INVALID when there is none of that name */
  shape(name: string): readonly number[];
  /**
   * The values in row-major order, as float32 whatever they are stored as.
   * @param rows - the part of its first axis that is wanted; all unless given
   * @throws ClipfindError MODEL_INVALID when there is none of that name
   */
  read(name: string, rows?: RowRange): Float32Array;
  close(): void;
}
