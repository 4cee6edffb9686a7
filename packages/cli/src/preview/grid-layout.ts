/** How many pictures fit beside and below each other on a screen. */
export interface GridSize {
  readonly columns: number;
  readonly rows: number;
}

/** In characters. */
export interface GridLayout {
  /** Columns at which the tiles of a row begin. */
  readonly starts: readonly number[];
  /** Most characters of a tile, and of its name. */
  readonly width: number;
  /** Most lines of a picture. */
  readonly height: number;
}

/** Between two tiles. */
const gap = 2;
/** A picture that is smaller shows nothing. */
const leastWidth = 4;

/** Reads "4x3": columns and rows, 1 to 99 each. Undefined for anything else. */
export function readGridSize(text: string): GridSize | undefined {
  const found = /^([1-9]\d?)[x×X]([1-9]\d?)$/.exec(text);
  return found === null ? undefined : { columns: Number(found[1]), rows: Number(found[2]) };
}

/**
 * Divides a screen of so many characters. Where as many columns as asked for are not possible, there are fewer; rows
 * that do not fit make the pictures small, of one line at least. Each has its name below, and a line of nothing.
 */
export function gridLayout(size: GridSize, screen: { readonly columns: number; readonly rows: number }): GridLayout {
  const possible = Math.max(1, Math.floor((screen.columns + gap) / (leastWidth + gap)));
  const columns = Math.min(size.columns, possible);
  const width = Math.max(1, Math.floor((screen.columns + gap) / columns) - gap);
  const starts = Array.from({ length: columns }, (_, index) => index * (width + gap));
  // The last line is the prompt's.
  const height = Math.max(1, Math.floor((screen.rows - 1) / size.rows) - 2);
  return { starts, width, height };
}
