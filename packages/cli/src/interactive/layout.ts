/** Which lines of a screen are for what; row 0 is the query's. */
export interface ScreenLayout {
  /** Rows of the list, from row 1 on; 0 on a screen of one or two rows. */
  readonly listRows: number;
  /** Columns of the list. */
  readonly listColumns: number;
  /** Row of messages; undefined where there is none. */
  readonly messageRow: number | undefined;
  /** Row of the keys; undefined where there is none. */
  readonly helpRow: number | undefined;
  /** Where a picture may be, beside the list. */
  readonly preview:
    | { readonly row: number; readonly column: number; readonly columns: number; readonly rows: number }
    | undefined;
}

/** Smaller screens are for the list alone. */
const leastColumns = 50;
const leastListRows = 6;

/** Divides a screen of any size, from one character up. */
export function screenLayout(columns: number, rows: number, showsPreview: boolean): ScreenLayout {
  const messageRow = rows >= 2 ? rows - (rows >= 5 ? 2 : 1) : undefined;
  const helpRow = rows >= 5 ? rows - 1 : undefined;
  const listRows = Math.max(0, (messageRow ?? 1) - 1);
  if (!showsPreview || columns < leastColumns || listRows < leastListRows) {
    return { listRows, listColumns: columns, messageRow, helpRow, preview: undefined };
  }
  const width = Math.min(Math.floor(columns * 0.45), 100);
  const listColumns = columns - width - 1;
  return {
    listRows,
    listColumns,
    messageRow,
    helpRow,
    preview: { row: 1, column: listColumns + 1, columns: width, rows: listRows },
  };
}
