import { stringify } from "csv-stringify/sync";
import { type RankedHit, csvColumns, hitFields } from "./hit-fields.ts";

/**
 * The hits as CSV (RFC 4180: a header, CRLF). A cell that a spreadsheet would take for a formula gets an apostrophe in
 * front; a negative number does not.
 */
export function hitCsv(hits: readonly RankedHit[]): string {
  return csvOf([[...csvColumns], ...hits.map((ranked) => csvColumns.map((name) => hitFields[name].text(ranked)))]);
}

/** Cells as CSV. */
export function csvOf(rows: readonly (readonly string[])[]): string {
  // What is handed over as a number is no formula.
  const cells = rows.map((row) => row.map((cell) => (/^-?\d+(\.\d+)?$/.test(cell) ? Number(cell) : cell)));
  return stringify(cells, { record_delimiter: "windows", escape_formulas: true });
}
