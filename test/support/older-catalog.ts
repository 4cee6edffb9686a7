import { DatabaseSync } from "node:sqlite";

/** Makes of a catalog what a clipfind that read no metadata left behind: schema 4. */
export function withoutMetadata(path: string): void {
  const db = new DatabaseSync(path);
  db.exec(`
    DROP TABLE metadata; DROP TABLE keywords; DROP TABLE sidecars;
    DROP INDEX contents_undescribed; ALTER TABLE contents DROP COLUMN described;
    PRAGMA user_version = 4;`);
  db.close();
}
