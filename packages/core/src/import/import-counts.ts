import { bytePathToText } from "../byte-path.ts";
import type { RowLeftOut } from "./photo-of-row.ts";
import type { RclipImportEvent, RclipImportProgress } from "./rclip-import-event.ts";

/** Counts what an import does, and tells it. */
export interface ImportCounts {
  add(more: Partial<RclipImportProgress>): void;
  /** Begins anew. */
  reset(): void;
  /** Counts rows that are left out; the events that name them. */
  leaveOut(rows: readonly RowLeftOut[]): RclipImportEvent[];
  event(type: "progress" | "done"): RclipImportEvent;
}

const zeros: RclipImportProgress = {
  entries: 0,
  known: 0,
  toRead: 0,
  done: 0,
  bytesRead: 0,
  imported: 0,
  vectors: 0,
  deleted: 0,
  missing: 0,
  changed: 0,
  excluded: 0,
  unreadable: 0,
  malformed: 0,
};

/** Counts from zero. */
export function importCounts(): ImportCounts {
  const counts: Record<string, number> = { ...zeros };
  const add = (more: Partial<RclipImportProgress>): void => {
    for (const [name, by] of Object.entries(more)) counts[name] = (counts[name] as number) + by;
  };
  return {
    add,
    reset: () => {
      Object.assign(counts, zeros);
    },
    leaveOut: (rows) =>
      rows.map(({ path, why, reason }) => {
        add({ [why]: 1 });
        return { type: "leftOut", path: bytePathToText(path), why, reason };
      }),
    event: (type) => ({ type, progress: { ...counts } as unknown as RclipImportProgress }),
  };
}
