import type { Database } from "better-sqlite3";

/** The model a library was indexed with. */
export interface ModelRow {
  readonly name: string;
  /** sha256 over everything that decides a vector, see models/open-model.ts. */
  readonly fingerprint: string;
  readonly dims: number;
  readonly directory: string;
  /** file → "bytes:mtime_ns" at the time its sha256 was checked. */
  readonly verified: Readonly<Record<string, string>>;
}

export interface ModelsTable {
  /** The library's model; undefined before the first index run. */
  current(): ModelRow | undefined;
  put(model: ModelRow): void;
}

export function modelsTable(db: Database): ModelsTable {
  const current = db.prepare<[], Omit<ModelRow, "verified"> & { verified: string }>(
    "SELECT name, fingerprint, dims, directory, verified FROM models ORDER BY id DESC LIMIT 1",
  );
  const put = db.prepare(
    `INSERT INTO models (name, fingerprint, dims, directory, verified)
     VALUES (:name, :fingerprint, :dims, :directory, :verified)
     ON CONFLICT (fingerprint) DO UPDATE SET name = excluded.name, directory = excluded.directory,
       verified = excluded.verified`,
  );
  return {
    current: () => {
      const row = current.get();
      return row && { ...row, verified: JSON.parse(row.verified) as Record<string, string> };
    },
    put: (model) => {
      put.run({ ...model, verified: JSON.stringify(model.verified) });
    },
  };
}
