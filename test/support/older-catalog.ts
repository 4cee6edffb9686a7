import { DatabaseSync } from "node:sqlite";

/** Makes of a catalog what a clipfind that read no metadata left behind: schema 5. Digests knew no sidecars. */
export function withoutMetadata(path: string): void {
  const db = new DatabaseSync(path);
  db.exec(`
    UPDATE directories SET digest = randomblob(16) WHERE id IN (SELECT directory_id FROM sidecars);
    DROP TABLE metadata; DROP TABLE keywords; DROP TABLE sidecars;
    DROP INDEX contents_undescribed; ALTER TABLE contents DROP COLUMN described;
    PRAGMA user_version = 5;`);
  db.close();
}
