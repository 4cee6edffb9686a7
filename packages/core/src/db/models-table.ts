import type { Database } from "better-sqlite3";
import type { Device } from "../device.ts";
import type { Agreement, Precision } from "../precision.ts";

/** A model that a library was, or is being, indexed with. */
export interface ModelRow {
  readonly name: string;
  /** sha256 over everything that decides a vector, see models/open-model.ts. */
  readonly fingerprint: string;
  readonly dims: number;
  readonly directory: string;
  readonly precision: Precision;
  /** How the precision was chosen: by comparing both on the user's photos, or by the user; null: it is not settled. */
  readonly agreement: Agreement | "by hand" | null;
  /** While it is not settled: the state (see comparePrecisions) in which comparing settled nothing. */
  readonly tried?: string | undefined;
  /** file → "bytes:mtime_ns" at the time its sha256 was checked. */
  readonly verified: Readonly<Record<string, string>>;
  /** What its vectors were made on: every device that an index run used, sorted. */
  readonly devices: readonly Device[];
  /** Whether a run with it has come to its end: from then on it is searched. */
  readonly complete: boolean;
}

export interface ModelsTable {
  /** The model that is searched: of the complete ones that chosen last. Undefined before the first index run. */
  current(): ModelRow | undefined;
  /** The model to go on indexing with: that chosen last, complete or not. */
  chosen(): ModelRow | undefined;
  byFingerprint(fingerprint: string): ModelRow | undefined;
  /** All, the one chosen last first. */
  all(): ModelRow[];
  /** Adds the model, or updates it, as the one chosen last. */
  choose(model: ModelRow): void;
  setComplete(fingerprint: string): void;
  /** Notes devices that vectors of a model were made on, beside those known. Writes nothing where nothing is new. */
  addDevices(fingerprint: string, devices: readonly Device[]): void;
}

type Stored = Omit<ModelRow, "agreement" | "complete" | "devices" | "tried" | "verified"> & {
  devices: string;
  verified: string;
  agreement: string | null;
  complete: number;
};

const columns = "name, fingerprint, dims, directory, precision, agreement, verified, devices, complete";

export function modelsTable(db: Database): ModelsTable {
  const current = db.prepare<[], Stored>(
    `SELECT ${columns} FROM models ORDER BY complete DESC, chosen DESC, id DESC LIMIT 1`,
  );
  const all = db.prepare<[], Stored>(`SELECT ${columns} FROM models ORDER BY chosen DESC, id DESC`);
  const byFingerprint = db.prepare<[string], Stored>(`SELECT ${columns} FROM models WHERE fingerprint = ?`);
  const choose = db.prepare(
    `INSERT INTO models (name, fingerprint, dims, directory, precision, agreement, verified, devices, complete, chosen)
     VALUES (:name, :fingerprint, :dims, :directory, :precision, :agreement, :verified, :devices, :complete,
       max(CAST(unixepoch('subsec') * 1000 AS INTEGER), (SELECT coalesce(max(chosen), 0) + 1 FROM models)))
     ON CONFLICT (fingerprint) DO UPDATE SET name = excluded.name, directory = excluded.directory,
       agreement = excluded.agreement, verified = excluded.verified, devices = excluded.devices, complete = excluded.complete, chosen = excluded.chosen`,
  );
  const setComplete = db.prepare("UPDATE models SET complete = 1 WHERE fingerprint = ? AND complete = 0");
  const setDevices = db.prepare("UPDATE models SET devices = ? WHERE fingerprint = ? AND devices <> ?");
  return {
    current: () => rowOf(current.get()),
    chosen: () => rowOf(all.get()),
    byFingerprint: (fingerprint) => rowOf(byFingerprint.get(fingerprint)),
    all: () => all.all().map((stored) => rowOf(stored)!),
    choose: ({ verified, agreement, tried, devices, complete, ...model }) => {
      choose.run({
        ...model,
        complete: Number(complete),
        devices: JSON.stringify(devices),
        verified: JSON.stringify(verified),
        agreement: agreement === null && tried === undefined ? null : JSON.stringify(agreement ?? { tried }),
      });
    },
    setComplete: (fingerprint) => {
      setComplete.run(fingerprint);
    },
    addDevices: (fingerprint, devices) => {
      const known = rowOf(byFingerprint.get(fingerprint))?.devices ?? [];
      const together = JSON.stringify([...new Set([...known, ...devices])].toSorted());
      setDevices.run(together, fingerprint, together);
    },
  };
}

function rowOf(stored: Stored | undefined): ModelRow | undefined {
  if (stored === undefined) return undefined;
  const { agreement, ...rest } = stored;
  return {
    ...rest,
    ...settlementOf(agreement),
    verified: JSON.parse(stored.verified) as Record<string, string>,
    devices: JSON.parse(stored.devices) as Device[],
    complete: stored.complete === 1,
  };
}

/** One column holds either how the precision was settled, or the state in which it could not be. */
function settlementOf(stored: string | null): Pick<ModelRow, "agreement" | "tried"> {
  if (stored === null) return { agreement: null };
  const value = JSON.parse(stored) as Agreement | "by hand" | { readonly tried: string };
  return typeof value === "object" && "tried" in value ? { agreement: null, tried: value.tried } : { agreement: value };
}
