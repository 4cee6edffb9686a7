import { createRequire } from "node:module";

/** What is used of a better-sqlite3 database. Its types belong to core, as the package does. */
export interface Sqlite {
  pragma(source: string): unknown;
  exec(source: string): void;
  prepare(source: string): { run(...values: unknown[]): void; all(...values: unknown[]): Record<string, unknown>[] };
  transaction<T extends unknown[]>(run: (...values: T) => void): (...values: T) => void;
  loadExtension(file: string): void;
  close(): void;
}

/** Opens a database with the SQLite that clipfind itself uses. */
export function openSqlite(file: string): Sqlite {
  const core = createRequire(new URL("../../packages/core/package.json", import.meta.url));
  const Database = core("better-sqlite3") as new (file: string) => Sqlite;
  return new Database(file);
}
