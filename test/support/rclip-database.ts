import { copyFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";

/** The databases in test/fixtures/rclip, which rclip itself made. */
export const rclipDatabases = ["v3", "v4", "v4-migrated"] as const;

/** Copies one of them to `target`, with the paths as they are if the photos are in `folder`. */
export function placeRclipDatabase(name: (typeof rclipDatabases)[number], target: string, folder: string): void {
  copyFileSync(fileURLToPath(new URL(`../fixtures/rclip/${name}.sqlite3`, import.meta.url)), target);
  change(target, (db) => {
    db.prepare("UPDATE images SET filepath = ? || substr(filepath, 8)").run(folder);
  });
}

/** Opens an SQLite database, changes it, closes it. */
export function change(path: string, work: (db: DatabaseSync) => void): void {
  const db = new DatabaseSync(path);
  try {
    work(db);
  } finally {
    db.close();
  }
}

/** The vectors of the rows that are not deleted, by path. */
export function rclipVectors(path: string): Map<string, Float32Array> {
  const db = new DatabaseSync(path, { readOnly: true });
  try {
    const rows = db.prepare("SELECT filepath, vector FROM images WHERE deleted IS NULL").all();
    return new Map(
      rows.map(({ filepath, vector }) => [filepath as string, new Float32Array((vector as Uint8Array).slice().buffer)]),
    );
  } finally {
    db.close();
  }
}
