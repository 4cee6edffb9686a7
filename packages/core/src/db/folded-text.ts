import type { Database } from "better-sqlite3";

/**
 * A text in which upper and lower case are the same, as are characters and their parts (é, e and an accent): Unicode's
 * full case folding, in form NFC. ß becomes ss, and the σ at the end of a word that in the middle of one.
 */
export function foldedText(text: string): string {
  // ẞ is ß in lower case, ß is SS in upper case.
  const cased = text.normalize("NFC").toLowerCase().toUpperCase().toLowerCase();
  return cased.replaceAll("ς", "σ").normalize("NFC");
}

/** Lets statements of the database say {@link foldedSql}. */
export function defineFolding(db: Database): void {
  db.function("folded_text", { deterministic: true }, (text) => (typeof text === "string" ? foldedText(text) : null));
}

/** The SQL for foldedText() of the text `sql`. */
export function foldedSql(sql: string): string {
  // Of ASCII, in which nearly all names are, SQLite's own lower() makes the same, without a call of JavaScript per row.
  return `CASE WHEN octet_length(${sql}) = length(${sql}) THEN lower(${sql}) ELSE folded_text(${sql}) END`;
}
