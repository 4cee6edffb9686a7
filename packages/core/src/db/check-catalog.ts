import Database from "better-sqlite3";

/** What SQLite finds wrong with a database, a sentence each: pages, rows, types, and references that lead nowhere. */
export function checkCatalog(db: Database.Database): string[] {
  try {
    const found = db.pragma("quick_check") as { quick_check: string }[];
    const damage = found.map((row) => row.quick_check).filter((what) => what !== "ok");
    const astray = db.pragma("foreign_key_check") as { table: string; parent: string }[];
    const counts = new Map<string, number>();
    for (const { table, parent } of astray) {
      const what = `rows of "${table}" that refer to a row of "${parent}" that is not there`;
      counts.set(what, (counts.get(what) ?? 0) + 1);
    }
    return [...damage, ...Array.from(counts, ([what, count]) => `${what}: ${count}`)];
  } catch (error) {
    // So damaged that SQLite gives up.
    if (error instanceof Database.SqliteError && /^SQLITE_(CORRUPT|NOTADB)/.test(error.code)) return [error.message];
    throw error;
  }
}
